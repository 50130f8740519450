"""Why `repy` may end a run by itself: a stop file has appeared, or the time is over.

A reason is a function that is asked again and again and says why the run has to end, or None.
"""

import math
import os
import time
from collections.abc import Callable

from seattle.repy.cli.options import UsageError

_LONGEST = 2000  # bytes of a stop file that are read
_MOST_SECONDS = 1e9

Reason = Callable[[], str | None]


def stop_file(path: str) -> Reason:
    """The run ends when the file appears, for the reason that stands in it.

    Write it under another name and rename it, or a part of what it says may be read. Raises UsageError if it is
    there already: it would be that of an earlier run.
    """
    where = os.path.abspath(path)  # noqa: PTH100 - as in the other modules here, no pathlib
    if os.path.lexists(where):
        raise UsageError(f"the stop file {path!r} is there already, so nothing was run; remove it")

    def look() -> str | None:
        try:
            fd = os.open(where, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError:  # it is there, and that is enough
            return "its stop file"
        try:
            said = os.read(fd, _LONGEST)
        except OSError:  # a folder
            said = b""
        finally:
            os.close(fd)
        return said.decode("utf-8", "replace").strip() or "its stop file"

    return look


def timeout(seconds: str, clock: Callable[[], float] = time.monotonic) -> Reason:
    """The run ends after so many seconds. Raises UsageError for what is no time."""
    try:
        length = float(seconds)
    except ValueError:
        length = math.nan
    if not 0 < length <= _MOST_SECONDS:
        raise UsageError(f"--timeout {seconds!r} is no time: expected seconds, such as 10 or 0.5")
    end = clock() + length
    return lambda: f"its time of {length:g} s is over" if clock() >= end else None
