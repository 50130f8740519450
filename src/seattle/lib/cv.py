"""Condition variables by handle, without a lock of their own: threads wait until another notifies one or all of them.

`threading.Condition` is Python's, which has a lock and timeouts; with this one, who begins to wait after it was
notified waits for the next time.

Missing: nothing.
"""

from collections import deque
from threading import Lock

from uniqueid import get_id

_variables = {}  # by handle, the locks of those who wait
_changing = Lock()


def create():
    """A new condition variable. Returns its handle."""
    handle = get_id()
    _variables[handle] = deque()
    return handle


def wait(handle):
    """Wait until notified. Raises ValueError if there is no such variable."""
    mine = Lock()
    mine.acquire()
    with _changing:
        _of(handle).append(mine)
    mine.acquire()


def notify_one(handle):
    """Wake the thread that has waited longest, if one waits. Raises ValueError if there is no such variable."""
    with _changing:
        waiting = _of(handle)
        if waiting:
            waiting.popleft().release()


def notify_all(handle):
    """Wake all threads that wait. Raises ValueError if there is no such variable."""
    with _changing:
        waiting = _of(handle)
        while waiting:
            waiting.popleft().release()


def destroy(handle):
    """Forget a variable. Raises ValueError if there is none, RuntimeError if somebody waits for it."""
    with _changing:
        if _of(handle):
            raise RuntimeError("somebody waits for this condition variable")
        del _variables[handle]


def _of(handle):
    try:
        return _variables[handle]
    except (KeyError, TypeError):
        raise ValueError(f"there is no condition variable {handle!r}") from None


cv_create = create
cv_wait = wait
cv_notify_one = notify_one
cv_notify_all = notify_all
cv_destroy = destroy
