"""How often in a second a program may do what no limit of its vessel counts, and what others pay for.

An honest program is far from these figures. Who is not waits, as for its vessel's rates, and so costs the monitor, the
machine and its neighbours no more than this.
"""

import time
from collections.abc import Callable

REFUSALS = 1_000
"""Answers that say no. Most of what is refused is charged to no other rate."""

THREADS = 1_000
"""Threads that begin, or are refused. Each is a new line, which passes through the kernel to the guest."""

LOOK_UPS = 100
"""Names that the resolver is asked for: it is often a small device of the donor's, or somebody else's server."""

REST = 0.05
"""Seconds that who has to wait waits beyond that. What has become due meanwhile is then done in one go: a machine that
is woken for each single call, evenly through the second, never rests, and its programs find their caches cold."""


class Pace:
    """At most `a_second` in a second, and one second's worth at once: the generic cell rate algorithm, with rests."""

    __slots__ = ("_clock", "_due", "_interval")

    def __init__(self, a_second: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._interval = 1 / a_second  # seconds
        self._due = clock() - 1.0  # when the latest one was due, had all come evenly

    def take(self, count: int = 1) -> float:
        """Count so many more. The seconds to wait for them, 0 or more: those who wait go one after the other."""
        now = self._clock()
        self._due = max(self._due, now - 1.0) + count * self._interval
        return self._due - now + REST if self._due > now else 0.0
