"""librepy's run loop: functions that are called at set times, one after another, in one thread. They have to be short.

The thread is there while something is scheduled, and keeps the program alive so long. Times are those of `getruntime`.
What a function raises is reported, and the loop goes on. `sched` is Python's way to do it.

Missing: nothing.
"""

import heapq
from itertools import count
from threading import Condition, Lock, Thread
from traceback import format_exc

_changed = Condition(Lock())
_tasks = []  # a heap of `(time, handle, function, interval)`
_handles = count(1)
_repeating = set()  # handles of what is called just now, and is to be called again
_is_running = False  # the thread


def runAt(runtime, function):
    """Call a function at a time of `getruntime`. Returns a handle for `stopSchedule`."""
    return _schedule(runtime, function, None)


def runIn(seconds, function):
    """Call a function after so many seconds. Returns a handle."""
    return _schedule(getruntime() + seconds, function, None)


def runEvery(interval, function):
    """Call a function every so many seconds, the first time after as many. Returns a handle."""
    if not interval > 0:
        raise ValueError("the interval has to be longer than 0")
    return _schedule(getruntime() + interval, function, interval)


def stopSchedule(handle):
    """Call it no more. Returns False if nothing of this handle is scheduled."""
    with _changed:
        is_known = handle in _repeating or any(task[1] == handle for task in _tasks)
        _tasks[:] = [task for task in _tasks if task[1] != handle]
        heapq.heapify(_tasks)
        _repeating.discard(handle)
        _changed.notify()
    return is_known


def terminate_runloop():
    """Drop all that is scheduled."""
    with _changed:
        _tasks.clear()
        _repeating.clear()
        _changed.notify()


def start_runloop():
    """Begin with what is scheduled; done by itself when there is something."""
    global _is_running
    with _changed:
        if _is_running or not _tasks:
            return
        _is_running = True
    try:
        Thread(target=_run, name="run loop").start()
    except RuntimeError:
        _is_running = False
        raise


def _schedule(runtime, function, interval):
    handle = next(_handles)
    with _changed:
        heapq.heappush(_tasks, (runtime, handle, function, interval))
        _changed.notify()
    start_runloop()
    return handle


def _run():
    while (task := _next()) is not None:
        _time, handle, function, interval = task
        try:
            function()
        except Exception:
            print(f"in the run loop:\n{format_exc()}", end="")
        if interval is not None:
            with _changed:
                if handle in _repeating:
                    _repeating.discard(handle)
                    heapq.heappush(_tasks, (getruntime() + interval, handle, function, interval))


def _next():
    """The task whose time has come; None when there is none at all, and the thread ends."""
    global _is_running
    with _changed:
        while _tasks:
            left = _tasks[0][0] - getruntime()
            if left <= 0:
                task = heapq.heappop(_tasks)
                if task[3] is not None:
                    _repeating.add(task[1])
                return task
            _changed.wait(left)
        _is_running = False
        return None
