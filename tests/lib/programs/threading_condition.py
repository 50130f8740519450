"""Conditions: a bounded buffer between threads, waking one and all, and losing patience."""

import threading

condition = threading.Condition()
buffer = []
taken = []


def produce():
    for number in range(20):
        with condition:
            condition.wait_for(lambda: len(buffer) < 3)
            buffer.append(number)
            condition.notify_all()


def consume():
    while len(taken) < 20:
        with condition:
            while not buffer:
                condition.wait()
            taken.append(buffer.pop(0))
            condition.notify_all()


threads = [threading.Thread(target=produce), threading.Thread(target=consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(taken)

with condition:
    print(condition.wait(timeout=0.01), condition.wait_for(lambda: False, timeout=0.01), condition.wait_for(lambda: 7))
for wrong in (condition.notify, condition.wait):
    try:
        wrong()
    except RuntimeError as why:
        print(why)

woken, waiting = [], threading.Semaphore(0)
turn = threading.Condition(threading.Lock())


def wait_for_a_turn(number):
    with turn:
        waiting.release()
        turn.wait()
        woken.append(number)


threads = [threading.Thread(target=wait_for_a_turn, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
    waiting.acquire()
with turn:
    turn.notify(2)
for thread in threads[:2]:
    thread.join()
print(sorted(woken))
with turn:
    turn.notify_all()
for thread in threads:
    thread.join()
print(sorted(woken))
