"""A pool of threads: results, exceptions, order, names, and its end."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor


def square(number):
    return number * number


with ThreadPoolExecutor(max_workers=3, thread_name_prefix="pool") as pool:
    futures = [pool.submit(square, number) for number in range(10)]
    print([future.result() for future in futures], futures[0].done(), futures[0].running(), futures[0].exception())
    print(list(pool.map(square, range(5))), list(pool.map(pow, [2, 3], [5, 2])), list(pool.map(square, [])))
    failing = pool.submit(square, "x")
    print(type(failing.exception()).__name__, failing.done())
    try:
        failing.result()
    except TypeError as why:
        print(why)
    names = set(pool.map(lambda _: threading.current_thread().name.partition("_")[0], range(9)))
    print(names)
    try:
        print(list(pool.map(lambda number: 10 // number, [5, 2, 0, 1])))
    except ZeroDivisionError as why:
        print(why)
try:
    pool.submit(square, 1)
except RuntimeError as why:
    print(why)

gate = threading.Event()
pool = ThreadPoolExecutor(1)
running = pool.submit(gate.wait)
waiting = [pool.submit(square, number) for number in range(3)]
called = []
for future in waiting:
    future.add_done_callback(lambda done: called.append(done.cancelled()))
print(waiting[0].cancel(), waiting[0].cancelled(), waiting[0].cancel())
try:
    waiting[1].result(timeout=0.01)
except TimeoutError:
    print("too slow")
pool.shutdown(wait=False, cancel_futures=True)
gate.set()
print(running.result(), running.cancel(), [future.cancelled() for future in waiting], called)
running.add_done_callback(lambda done: print("called at once", done.result()))

for wrong in (lambda: ThreadPoolExecutor(0), lambda: ThreadPoolExecutor(initializer=1)):
    try:
        wrong()
    except (TypeError, ValueError) as why:
        print(why)

set_up = []
with ThreadPoolExecutor(1, initializer=set_up.append, initargs=("set up",)) as pool:
    print(pool.submit(lambda: list(set_up)).result())

by_hand = Future()
print(by_hand.set_running_or_notify_cancel(), by_hand.running())
by_hand.set_result(5)
print(by_hand.result(), by_hand.done())

left_alone = ThreadPoolExecutor(2)
left_alone.submit(print, "done though nobody waits")
