"""The CPU share as arithmetic: when a program has to stand still, for how long, and when to look again."""

STOP = 0.1
"""Seconds that a stop lasts, about, where a program computes all the time. Short, so that its peers hardly notice."""

_SHORTEST, _LONGEST = 0.004, 0.1
"""CPU seconds to the next look. Less than the kernel's tick can't be had, and memory is looked at no later."""


class CpuBudget:
    """How far a program is from its share. Time it did not use is kept for a moment, time it overdrew until it is paid.

    In any stretch of T seconds a program gets at most `limit * (T + 2 * STOP)` CPU seconds and what it used between
    the moment of a look and its stop.
    """

    def __init__(self, limit: float, *, now: float, used: float) -> None:
        """`limit` is a fraction of one core, more than 0; `now` any clock's seconds; `used` CPU seconds so far."""
        self._limit = limit
        self._now = now
        self._used = used
        self._debt = -limit * STOP  # CPU seconds; less than 0 is what may be used yet

    def stop_for(self, *, now: float, used: float) -> float:
        """Seconds to stand still from now on: 0 if nothing is owed."""
        earned, spent = self._limit * max(now - self._now, 0.0), max(used - self._used, 0.0)
        self._now, self._used = now, used
        self._debt = max(self._debt + spent - earned, -2 * STOP * self._limit)
        return self._debt / self._limit + STOP if self._debt >= 0 else 0.0

    def change(self, limit: float) -> None:
        """Go on with another share, more than 0, from the latest look on. What is owed stays owed."""
        self._limit = limit

    def look_after(self) -> float:
        """CPU seconds until the next look."""
        return min(max(-self._debt, _SHORTEST), _LONGEST)
