"""Times for people."""

from datetime import timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


def time_left(seconds: int) -> str:
    """A time in few letters: `6 d 23 h`, `3 h 59 min`, `12 min`."""
    left = timedelta(seconds=max(0, seconds))
    if left >= _DAY:
        return f"{left // _DAY} d {left % _DAY // _HOUR} h"
    minutes = left % _HOUR // timedelta(minutes=1)
    return f"{left // _HOUR} h {minutes} min" if left >= _HOUR else f"{minutes} min"
