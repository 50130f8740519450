"""Locks: with and without patience, by whom they are released, and that they keep threads apart."""

import threading

lock = threading.Lock()
print(lock.acquire(), lock.locked(), lock.acquire(blocking=False), lock.acquire(timeout=0.01))
lock.release()
print(lock.locked())
try:
    lock.release()
except RuntimeError as why:
    print(why)
try:
    lock.acquire(False, 1)
except ValueError as why:
    print(why)
with lock:
    print(lock.locked())

lock.acquire()
releasing = threading.Thread(target=lock.release)
releasing.start()
print(lock.acquire(timeout=5))
lock.release()

again = threading.RLock()
with again, again:
    print(again.acquire(blocking=False))
    again.release()
    others = []
    asking = threading.Thread(target=lambda: others.append(again.acquire(blocking=False)))
    asking.start()
    asking.join()
    print(others)
try:
    again.release()
except RuntimeError as why:
    print(why)

total = 0


def add():
    global total
    for _ in range(1000):
        with lock:
            before = total
            total = before + 1


adding = [threading.Thread(target=add) for _ in range(8)]
for thread in adding:
    thread.start()
for thread in adding:
    thread.join()
print(total)
