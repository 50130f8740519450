"""Events, semaphores and timers."""

import threading

event = threading.Event()
print(event.is_set(), event.wait(0.01), event.wait(timeout=0))
event.set()
print(event.is_set(), event.wait(), event.wait(1))
event.clear()
print(event.is_set())

permits = threading.Semaphore(2)
print(permits.acquire(), permits.acquire(timeout=1), permits.acquire(blocking=False), permits.acquire(timeout=0.01))
permits.release(2)
with permits:
    print(permits.acquire(False))
try:
    permits.acquire(False, timeout=1)
except ValueError as why:
    print(why)
for wrong in (lambda: threading.Semaphore(-1), lambda: permits.release(0)):
    try:
        wrong()
    except ValueError as why:
        print(why)

bounded = threading.BoundedSemaphore(1)
with bounded:
    print(bounded.acquire(blocking=False))
try:
    bounded.release()
except ValueError as why:
    print(why)

inside, most, counting = 0, 0, threading.Lock()
few = threading.BoundedSemaphore(3)
all_in = threading.Event()


def enter():
    global inside, most
    with few:
        with counting:
            inside += 1
            most = max(most, inside)
            if inside == 3:
                all_in.set()
        all_in.wait()
        with counting:
            inside -= 1


threads = [threading.Thread(target=enter) for _ in range(9)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(most, inside)

fired = threading.Timer(0.01, print, args=["fired", 1], kwargs={"sep": "-"})
cancelled = threading.Timer(60, print, ["never"])
fired.start()
cancelled.start()
cancelled.cancel()
fired.join()
cancelled.join()
print(fired.finished.is_set(), cancelled.finished.is_set())
