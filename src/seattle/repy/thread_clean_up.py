"""What `threading` does in each forked child, left out where there is nothing to do.

It forgets the threads that a fork has not copied, and makes their locks anew. The child of a process with one thread
has none to forget; but the attempt copies fifty pages, in each guest and in each monitor.
"""

import threading
from types import CodeType, FunctionType

_hook: FunctionType | None = getattr(threading, "_after_fork", None)
_clean_up: CodeType | None = _hook.__code__ if _hook is not None else None


def _nothing() -> None:
    pass


def leave_out() -> None:
    """From now on this process, and those that it forks, have one thread whenever they fork."""
    _have_done(_nothing.__code__)


def bring_back() -> None:
    """From now on this process, and those that it forks, may have more."""
    _have_done(_clean_up)


def _have_done(code: CodeType | None) -> None:
    # Python has no way to take back what was registered for a fork, so the function itself is changed.
    if _hook is not None and code is not None:
        _hook.__code__ = code
