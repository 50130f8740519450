"""Long polls hold a request open; these are the bounds, so that followers of logs can't keep owners from stopping."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from seattle.identity.keys import PublicKey

MAX_WAITING: Final = 40  # at a time; fewer than the requests that a node works on at a time
MAX_WAITING_BY_CALLER: Final = 16


class Polls:
    """Counts those who wait."""

    def __init__(self, *, most: int = MAX_WAITING, most_by_caller: int = MAX_WAITING_BY_CALLER) -> None:
        self._most = most
        self._most_by_caller = most_by_caller
        self._waiting: Counter[PublicKey] = Counter()

    @contextmanager
    def waiting(self, caller: PublicKey, seconds: float) -> Iterator[float]:
        """How long this caller may wait: `seconds`, or 0 if too many do. Count it in for as long."""
        if self._waiting.total() >= self._most or self._waiting[caller] >= self._most_by_caller:
            yield 0.0
            return
        self._waiting[caller] += 1
        try:
            yield seconds
        finally:
            self._waiting[caller] -= 1
            if not self._waiting[caller]:
                del self._waiting[caller]
