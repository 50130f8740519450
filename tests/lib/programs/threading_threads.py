"""Threads: names, results, subclasses, joining, and what can't be done twice."""

import threading


def work(number, *, factor=1):
    results.append((number * factor, threading.current_thread().name))


class Summing(threading.Thread):
    def __init__(self, values):
        super().__init__(name="summing")
        self.values = values
        self.total = None

    def run(self):
        self.total = sum(self.values)


results = []
first = threading.Thread(target=work, args=(1,))
second = threading.Thread(target=work, args=(2,), kwargs={"factor": 10}, name="second")
print(first.name, first.is_alive(), first.ident, first.daemon)
for thread in (first, second):
    thread.start()
    thread.join()
print(results, first.is_alive(), first.ident is not None)

summing = Summing(range(10))
summing.start()
summing.join(timeout=5)
print(summing.total, summing.name, summing.is_alive())

for wrong in (first.start, threading.Thread(target=work).join, threading.current_thread().join):
    try:
        wrong()
    except RuntimeError as why:
        print(why)
try:
    threading.Thread("group", work)
except AssertionError as why:
    print(why)

print(threading.current_thread() is threading.main_thread(), threading.main_thread().name, threading.active_count())
print([thread.name for thread in threading.enumerate()])

go = threading.Event()
waiting = [threading.Thread(target=go.wait, name=f"waiting {number}") for number in range(3)]
for thread in waiting:
    thread.start()
print(sorted(thread.name for thread in threading.enumerate()), threading.active_count())
waiting[0].join(timeout=0.01)
print(waiting[0].is_alive())
go.set()
for thread in waiting:
    thread.join()
print(threading.active_count(), len({thread.ident for thread in waiting}))
