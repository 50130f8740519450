"""Calls that run in other threads, as in Python's `concurrent.futures`: ThreadPoolExecutor, Future, wait, as_completed.

    with ThreadPoolExecutor(max_workers=5) as pool:
        for address in pool.map(gethostbyname, names):
            print(address)

A pool that nobody shuts down keeps no program alive: a thread of it that has had nothing to do for a moment ends, and
another begins when there is work. So an `initializer` may run more often than in Python.

Missing: ProcessPoolExecutor, for a vessel has no processes; without `max_workers` a pool has 8 threads, whatever the
computer has of processors.
"""

from collections import deque, namedtuple
from contextlib import contextmanager
from itertools import count
from queue import Empty, SimpleQueue
from threading import CantStartThread, Condition, Lock, Thread
from time import monotonic
from traceback import format_exc

FIRST_COMPLETED = "FIRST_COMPLETED"
FIRST_EXCEPTION = "FIRST_EXCEPTION"
ALL_COMPLETED = "ALL_COMPLETED"

DoneAndNotDoneFutures = namedtuple("DoneAndNotDoneFutures", "done not_done")  # noqa: PYI024 - as Python's

_PENDING, _RUNNING, _CANCELLED, _FINISHED = "pending", "running", "cancelled", "finished"
_USUAL_WORKERS = 8
_LINGER = 0.05  # seconds until a thread without work ends


class Error(Exception):
    """Root of what goes wrong with futures."""


class CancelledError(Error):
    """The call was cancelled before it began."""


class InvalidStateError(Error):
    """A result was set twice."""


class BrokenExecutor(RuntimeError):
    """The pool does no more work."""


class BrokenThreadPool(BrokenExecutor):
    """The initializer of a pool's thread failed."""


class Future:
    """The result of a call, once there is one."""

    def __init__(self):
        self._changed = Condition(Lock())
        self._state = _PENDING
        self._result = self._exception = None
        self._callbacks = []
        self._watchers = []  # queues of those who wait for one of several

    def cancel(self):
        """Let the call not be made. Returns False if it runs already, or is over."""
        with self._changed:
            if self._state in (_RUNNING, _FINISHED):
                return False
            is_new = self._state == _PENDING
            if is_new:
                self._end(_CANCELLED)
        if is_new:
            self._call_back()
        return True

    def cancelled(self):
        """Whether it was cancelled."""
        return self._state == _CANCELLED

    def running(self):
        """Whether the call is being made."""
        return self._state == _RUNNING

    def done(self):
        """Whether it is over: made or cancelled."""
        return self._state in (_CANCELLED, _FINISHED)

    def result(self, timeout=None):
        """Wait, for `timeout` seconds at most, and return what the call returned, or raise what it raised.

        Raises TimeoutError, or CancelledError if the call was cancelled.
        """
        error = self.exception(timeout)
        if error is not None:
            raise error
        return self._result

    def exception(self, timeout=None):
        """Wait as `result` does, and return what the call raised; None if it raised nothing."""
        with self._changed:
            if not self._changed.wait_for(self.done, timeout):
                raise TimeoutError
            if self._state == _CANCELLED:
                raise CancelledError
            return self._exception

    def add_done_callback(self, fn):
        """Call `fn(future)` when it is over; at once if it is already. What that raises is logged."""
        with self._changed:
            if not self.done():
                self._callbacks.append(fn)
                return
        self._call_back(fn)

    def set_running_or_notify_cancel(self):
        """For executors: the call is about to be made. Returns False if it was cancelled."""
        with self._changed:
            if self._state == _CANCELLED:
                return False
            if self._state != _PENDING:
                raise RuntimeError("Future in unexpected state")
            self._state = _RUNNING
            return True

    def set_result(self, result):
        """For executors: the call returned this."""
        self._finish(result, None)

    def set_exception(self, exception):
        """For executors: the call raised this."""
        self._finish(None, exception)

    def _finish(self, result, exception):
        with self._changed:
            if self.done():
                raise InvalidStateError(f"{self._state.upper()}: {self!r}")
            self._result, self._exception = result, exception
            self._end(_FINISHED)
        self._call_back()

    def _end(self, state):
        self._state = state
        for watcher in self._watchers:
            watcher.put(self)
        self._changed.notify_all()

    def _call_back(self, *more):
        with self._changed:
            callbacks, self._callbacks = [*self._callbacks, *more], []
        for callback in callbacks:
            try:
                callback(self)
            except Exception:  # the others are to be called, too
                print(f"exception calling callback for {self!r}\n{format_exc()}", end="")

    def _watch(self, watcher):
        with self._changed:
            self._watchers.append(watcher)
            if self.done():
                watcher.put(self)

    def _unwatch(self, watcher):
        with self._changed:
            self._watchers.remove(watcher)

    def __repr__(self):
        end = ""
        if self._state == _FINISHED:
            error = self._exception
            end = f" raised {type(error).__name__}" if error else f" returned {type(self._result).__name__}"
        return f"<Future at {id(self):#x} state={self._state}{end}>"


@contextmanager
def _watching(futures):
    """A queue that gets each of the futures when it is over."""
    watcher = SimpleQueue()
    for future in futures:
        future._watch(watcher)
    try:
        yield watcher
    finally:
        for future in futures:
            future._unwatch(watcher)


def wait(fs, timeout=None, return_when=ALL_COMPLETED):
    """Wait for futures, for `timeout` seconds at most; return a set of those that are over, and one of the others.

    `return_when` is FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED.
    """
    if return_when not in (FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED):
        raise ValueError(f"Invalid return condition: {return_when!r}")
    all_of_them, done = set(fs), set()
    end = None if timeout is None else monotonic() + timeout
    with _watching(all_of_them) as finished:
        while len(done) < len(all_of_them):
            is_enough = any(_decides(future, return_when) for future in done)
            try:
                done.add(finished.get(timeout=0 if is_enough else None if end is None else max(0, end - monotonic())))
            except Empty:
                break
    return DoneAndNotDoneFutures(done, all_of_them - done)


def _decides(future, return_when):
    if return_when == FIRST_EXCEPTION:
        return not future.cancelled() and future._exception is not None
    return return_when == FIRST_COMPLETED


def as_completed(fs, timeout=None):
    """Yield futures in the order in which they come to their ends. Raises TimeoutError when `timeout` is over."""
    all_of_them = set(fs)
    end = None if timeout is None else monotonic() + timeout
    with _watching(all_of_them) as finished:
        for missing in range(len(all_of_them), 0, -1):
            try:
                yield finished.get(timeout=None if end is None else max(0, end - monotonic()))
            except Empty:
                raise TimeoutError(f"{missing} (of {len(all_of_them)}) futures unfinished") from None


class Executor:
    """What makes calls elsewhere: `submit` is for those that derive from it to write."""

    def submit(self, fn, /, *args, **kwargs):
        """Have a call made; returns its Future."""
        raise NotImplementedError

    def map(self, fn, *iterables, timeout=None, chunksize=1):
        """Have `fn` called with each of the items; iterate over what it returns, in the order of the items.

        Raises TimeoutError if a result has not come `timeout` seconds after this call.
        """
        end = None if timeout is None else monotonic() + timeout
        futures = deque(self.submit(fn, *items) for items in zip(*iterables, strict=False))

        def results():
            try:
                while futures:
                    future = futures.popleft()
                    try:
                        yield future.result(None if end is None else max(0, end - monotonic()))
                    finally:
                        future.cancel()
            finally:
                for future in futures:
                    future.cancel()

        return results()

    def shutdown(self, wait=True, *, cancel_futures=False):
        """Take no more calls."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.shutdown(wait=True)


class ThreadPoolExecutor(Executor):
    """Makes calls in threads, in `max_workers` of them at most; fewer if the vessel has no `events` left."""

    _pools = count()

    def __init__(self, max_workers=None, thread_name_prefix="", initializer=None, initargs=()):
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._most = max_workers or _USUAL_WORKERS
        self._prefix = thread_name_prefix or f"ThreadPoolExecutor-{next(self._pools)}"
        self._initializer, self._initargs = initializer, initargs
        self._changed = Condition(Lock())
        self._work = deque()
        self._threads = self._idle = 0
        self._names = count()
        self._is_shut = self._is_broken = False

    def submit(self, fn, /, *args, **kwargs):
        """Have `fn(*args, **kwargs)` called; returns its Future. Raises RuntimeError after `shutdown`."""
        future = Future()
        with self._changed:
            if self._is_broken:
                raise BrokenThreadPool("A thread initializer failed, the thread pool is not usable anymore")
            if self._is_shut:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._work.append((future, fn, args, kwargs))
            if self._idle >= len(self._work):
                self._changed.notify()
            elif self._threads < self._most:
                self._start_thread()
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        """Take no more calls, and wait for those that were taken; `cancel_futures` cancels what has not begun."""
        with self._changed:
            self._is_shut = True
            dropped = [work[0] for work in self._work] if cancel_futures else []
            if cancel_futures:
                self._work.clear()
            self._changed.notify_all()
        for future in dropped:
            future.cancel()
        if wait:
            with self._changed:
                self._changed.wait_for(lambda: not self._threads)

    def _start_thread(self):
        thread = Thread(target=self._serve, name=f"{self._prefix}_{next(self._names)}", daemon=False)
        try:
            thread.start()
            self._threads += 1
        except CantStartThread:
            if not self._threads:  # nobody would ever do it
                self._work.pop()
                raise

    def _serve(self):
        try:
            if self._initializer is None or self._initialize():
                while (work := self._next()) is not None:
                    _call(*work)
        finally:
            with self._changed:
                self._threads -= 1
                self._changed.notify_all()

    def _next(self):
        """The next call; None if there is none and the thread is to end."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._work or self._is_shut, _LINGER)
            self._idle -= 1
            return self._work.popleft() if self._work else None

    def _initialize(self):
        try:
            self._initializer(*self._initargs)
        except BaseException:
            print(f"Exception in initializer:\n{format_exc()}", end="")
            with self._changed:
                self._is_broken = True
                waiting = [work[0] for work in self._work]
                self._work.clear()
            for future in waiting:
                future.set_exception(BrokenThreadPool("A thread initializer failed"))
            return False
        return True


def _call(future, fn, args, kwargs):
    if future.set_running_or_notify_cancel():
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
