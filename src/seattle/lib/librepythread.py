"""librepy's threads, locks and pools. `threading` and `concurrent.futures` are Python's.

Missing: nothing.
"""

import threading
from collections import deque
from traceback import format_exc

Lock = threading.Lock
RLock = threading.RLock


class Thread(threading.Thread):
    """A function that runs beside the others, once `start` is called."""

    def __init__(self, target=None, args=(), kwargs=None):
        super().__init__(target=target, args=args, kwargs=kwargs)

    def join(self, timeout=None):
        """Wait until it has ended. Raises RuntimeError if it has not begun, or has ended already."""
        if not self.is_alive():
            raise RuntimeError("the thread does not run")
        super().join(timeout)


class Timer(Thread):
    """Calls a function after so many seconds, unless it is cancelled before."""

    def __init__(self, interval, target=None, args=(), kwargs=None):
        super().__init__(target, args, kwargs)
        self._interval = interval
        self._is_cancelled = threading.Event()

    def cancel(self):
        """Don't call it, if that has not begun."""
        self._is_cancelled.set()

    def run(self):
        """Wait, and call the function."""
        if not self._is_cancelled.wait(self._interval):
            super().run()


class ThreadPool:
    """Threads that make calls: from `min_threads` of them up to `max_threads`.

    One more begins when `scaling_thres` calls wait for each thread there is. What a call raises is reported if
    `print_tb`, and the pool goes on.
    """

    def __init__(self, min_threads=1, max_threads=4, scaling_thres=5, print_tb=True):
        if not 0 < min_threads <= max_threads:
            raise ValueError("there has to be a thread at least, and no more than max_threads")
        self._least, self._most, self._threshold, self._print = min_threads, max_threads, scaling_thres, print_tb
        self._changed = threading.Condition(threading.Lock())
        self._tasks = deque()
        self._threads = 0
        self._is_open = False

    def start(self):
        """Begin, with the least number of threads."""
        with self._changed:
            self._is_open = True
            while self._threads < self._least:
                self._begin_thread()

    def add_task(self, function, *args, **kwargs):
        """Have a call made. Raises RuntimeError if the pool was destroyed, or has not been started."""
        with self._changed:
            if not self._is_open:
                raise RuntimeError("the pool does not run")
            self._tasks.append((function, args, kwargs))
            if self._threads < self._most and len(self._tasks) >= self._threshold * self._threads:
                self._begin_thread()
            self._changed.notify()

    def queued_tasks(self):
        """How many calls wait."""
        return len(self._tasks)

    def threads(self):
        """How many threads there are."""
        return self._threads

    def destroy(self):
        """End: the calls that run come to their ends, those that wait are not made."""
        with self._changed:
            self._is_open = False
            self._tasks.clear()
            self._changed.notify_all()

    def _begin_thread(self):
        try:
            threading.Thread(target=self._serve).start()
            self._threads += 1
        except RuntimeError:
            if not self._threads:
                raise

    def _serve(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._tasks or not self._is_open)
                if not self._tasks:
                    self._threads -= 1
                    return
                function, args, kwargs = self._tasks.popleft()
            try:
                function(*args, **kwargs)
            except Exception:
                if self._print:
                    print(f"in a thread pool:\n{format_exc()}", end="")
