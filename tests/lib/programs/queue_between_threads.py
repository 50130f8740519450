"""Queues between threads: bounds, join, patience, and the three orders."""

import queue
import threading

work = queue.Queue(maxsize=2)
results = []


def serve():
    while (item := work.get()) is not None:
        results.append(item * item)
        work.task_done()
    work.task_done()


threads = [threading.Thread(target=serve) for _ in range(3)]
for thread in threads:
    thread.start()
for number in range(20):
    work.put(number)
for _ in threads:
    work.put(None)
work.join()
for thread in threads:
    thread.join()
print(sorted(results) == [number * number for number in range(20)], work.empty(), work.qsize())

for wait in (lambda: work.get(timeout=0.01), lambda: work.get(block=False), work.get_nowait):
    try:
        wait()
    except queue.Empty:
        print("empty")
work.put(1)
work.put(2)
print(work.full())
for wait in (lambda: work.put(3, timeout=0.01), lambda: work.put_nowait(3)):
    try:
        wait()
    except queue.Full:
        print("full")
try:
    work.task_done()
    work.task_done()
    work.task_done()
except ValueError as why:
    print(why)

last, least, simple = queue.LifoQueue(), queue.PriorityQueue(), queue.SimpleQueue()
for number in (5, 1, 3):
    last.put(number)
    least.put((number, str(number)))
    simple.put(number)
print([last.get() for _ in range(3)], [least.get() for _ in range(3)], [simple.get() for _ in range(3)])

later = threading.Timer(0.01, simple.put, ["in time"])
later.start()
print(simple.get(timeout=5))
