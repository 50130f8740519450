"""Long polls hold a request open; these are the bounds, so that followers of logs can't keep owners from stopping.

A node works on so many requests at a time (`fabric.rpc.AT_ONCE`). Some of those may wait as long as they ask for, some
more a moment, so that they don't ask again at once; the rest is for what is answered at once.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from seattle.identity.keys import PublicKey

MAX_WAITING: Final = 40  # at a time
MAX_WATCHING: Final = 512  # at a time, for changes: unlike a log, nobody has to look for those
MAX_WAITING_BY_CALLER: Final = 16
MAX_BRIEF: Final = 16  # more, for a moment
BRIEF: Final = 0.25  # seconds


class Polls:
    """Counts those who wait."""

    def __init__(
        self, *, most: int = MAX_WAITING, most_by_caller: int = MAX_WAITING_BY_CALLER, most_brief: int = MAX_BRIEF
    ) -> None:
        self._most = most
        self._most_by_caller = most_by_caller
        self._most_brief = most_brief
        self._waiting: Counter[PublicKey] = Counter()
        self._brief = 0

    @contextmanager
    def waiting(self, caller: PublicKey, seconds: float) -> Iterator[float]:
        """How long this caller may wait: `seconds`, or less if many do. It counts for as long as it is inside."""
        if self._waiting.total() < self._most and self._waiting[caller] < self._most_by_caller:
            self._waiting[caller] += 1
            try:
                yield seconds
            finally:
                self._waiting[caller] -= 1
                if not self._waiting[caller]:
                    del self._waiting[caller]
        elif self._brief < self._most_brief:
            self._brief += 1
            try:
                yield min(seconds, BRIEF)
            finally:
                self._brief -= 1
        else:
            yield 0.0
