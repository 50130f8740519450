"""Timers of one thread: a heap, a condition with a timeout, and calls in order of time."""

import heapq
import itertools
import threading
import time


class Wheel:
    def __init__(self):
        self._changed = threading.Condition()
        self._heap = []
        self._numbers = itertools.count()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def after(self, seconds, function, *args):
        with self._changed:
            entry = [time.monotonic() + seconds, next(self._numbers), function, args]
            heapq.heappush(self._heap, entry)
            self._changed.notify()
        return entry

    def cancel(self, entry):
        with self._changed:
            entry[2] = None
            self._changed.notify()

    def close(self):
        self.after(0.06, self._stop)
        self._thread.join()

    def _stop(self):
        raise StopIteration

    def _run(self):
        try:
            while True:
                function, args = self._next()
                if function is not None:
                    function(*args)
        except StopIteration:
            print("stopped")

    def _next(self):
        with self._changed:
            while True:
                left = self._heap[0][0] - time.monotonic() if self._heap else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._heap)[2:]
                self._changed.wait(left)


wheel = Wheel()
calls = []
wheel.after(0.03, calls.append, "third")
wheel.after(0, calls.append, "first")
wheel.after(0.015, calls.append, "second")
wheel.cancel(wheel.after(0.02, calls.append, "never"))
wheel.close()
print(calls)
