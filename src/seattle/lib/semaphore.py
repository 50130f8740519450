"""Counting semaphores by handle: `down` waits until somebody has called `up`. Who waited longest goes on first.

`threading.Semaphore` is Python's, which has timeouts.

Missing: nothing.
"""

from collections import deque
from threading import Lock

from uniqueid import get_id

_semaphores = {}  # by handle


class _Semaphore:
    def __init__(self):
        self.lock = Lock()
        self.count = 0
        self.waiting = deque()  # locks, each held by the thread that waits for it to be released
        self.is_destroyed = False


def create():
    """A new semaphore, at 0. Returns its handle."""
    handle = get_id()
    _semaphores[handle] = _Semaphore()
    return handle


def up(handle):
    """Let one go on, the next who comes if nobody waits. Raises ValueError if there is no such semaphore."""
    semaphore = _of(handle)
    with semaphore.lock:
        if semaphore.waiting:
            semaphore.waiting.popleft().release()
        else:
            semaphore.count += 1


def down(handle):
    """Wait for an `up`. Returns False if the semaphore was destroyed meanwhile, True otherwise.

    Raises ValueError if there is no such semaphore.
    """
    semaphore = _of(handle)
    with semaphore.lock:
        if semaphore.is_destroyed:
            raise ValueError("the semaphore was destroyed")
        if semaphore.count:
            semaphore.count -= 1
            return True
        mine = Lock()
        mine.acquire()
        semaphore.waiting.append(mine)
    mine.acquire()
    return not semaphore.is_destroyed


def destroy(handle):
    """Forget a semaphore, and wake all who wait. Returns False if there is none."""
    semaphore = _semaphores.pop(handle, None)
    if semaphore is None:
        return False
    with semaphore.lock:
        semaphore.is_destroyed = True
        while semaphore.waiting:
            semaphore.waiting.popleft().release()
    return True


def _of(handle):
    try:
        return _semaphores[handle]
    except (KeyError, TypeError):
        raise ValueError(f"there is no semaphore {handle!r}") from None


semaphore_create = create
semaphore_up = up
semaphore_down = down
semaphore_destroy = destroy
