"""Transfers between accounts from many threads: locks in one order, an exit stack, and nothing is lost."""

import contextlib
import dataclasses
import itertools
import threading


@dataclasses.dataclass
class Account:
    name: str
    balance: int
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock, repr=False, compare=False)


accounts = [Account(name, 100) for name in "abcd"]
refused = itertools.count()
numbers = []


@contextlib.contextmanager
def holding(*wanted):
    with contextlib.ExitStack() as stack:
        for account in sorted(wanted, key=lambda account: account.name):
            stack.enter_context(account.lock)
        yield


def transfer(source, target, amount):
    with holding(source, target):
        if source.balance < amount:
            numbers.append(next(refused))
            return False
        source.balance -= amount
        target.balance += amount
        return True


def work(start):
    for step, (source, target) in enumerate(itertools.permutations(accounts, 2)):
        transfer(source, target, (start * 7 + step) % 13)


threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(account.balance for account in accounts), min(account.balance for account in accounts) >= 0)
print(accounts[0].lock.locked(), transfer(accounts[0], accounts[1], 10**6), len(set(numbers)) == len(numbers))
print(dataclasses.replace(accounts[0], name="z", balance=1))
