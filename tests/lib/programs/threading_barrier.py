"""Barriers: opened by the last one, opened again, broken and mended."""

import threading

rounds = []
barrier = threading.Barrier(4, action=lambda: rounds.append(len(arrived)))
arrived, numbers = [], []


def run_through():
    for _ in range(3):
        arrived.append(1)
        numbers.append(barrier.wait())


threads = [threading.Thread(target=run_through) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(rounds, sorted(numbers), barrier.parties, barrier.n_waiting, barrier.broken)

outcomes = []
pair = threading.Barrier(3)


def wait_and_tell(**patience):
    try:
        outcomes.append(pair.wait(**patience))
    except threading.BrokenBarrierError:
        outcomes.append("broken")


threads = [threading.Thread(target=wait_and_tell), threading.Thread(target=wait_and_tell, kwargs={"timeout": 0.05})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(outcomes, pair.broken, pair.n_waiting)
wait_and_tell()
print(outcomes[-1])
pair.reset()
print(pair.broken)
pair.abort()
wait_and_tell()
print(outcomes[-1], pair.broken)

failing = threading.Barrier(1, action=lambda: 1 / 0)
try:
    failing.wait()
except ZeroDivisionError as why:
    print(why, failing.broken)
print(issubclass(threading.BrokenBarrierError, RuntimeError))
