"""Who may touch a vessel's files when: one call at a time, and after one that took long there is a rest.

Digests are made of whole files, and a program can change a large file as often as somebody asks for its digest. So one
vessel takes at most one of the threads that serve all, and, beside what it may use itself, a small share of a core.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

FREE: Final = 0.1  # CPU seconds that a call may take without a rest after it: chunks, short lists
REST: Final = 4.0  # times as long as the call took of the CPU
LONGEST_REST: Final = 5.0  # seconds; less than a caller waits

T = TypeVar("T")


def nothing_first() -> None:
    """There is nothing to look at before."""


class FileTurns:
    """The turns at one vessel's files. `clock` and `cpu`, of the thread that asks it, are in seconds, from whenever."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, cpu: Callable[[], float] = time.thread_time
    ) -> None:
        self._clock = clock
        self._cpu = cpu
        self._turn = asyncio.Lock()
        self._rest_until = 0.0

    @property
    def rest(self) -> float:
        """Seconds until the next call may begin, if none is under way."""
        return max(0.0, self._rest_until - self._clock())

    async def take(
        self, work: Callable[..., T], *args: Any, first: Callable[[], object] = nothing_first, **named: Any
    ) -> T:
        """Do work that blocks, in a thread, when it has its turn. Raises what it raises.

        `first` is called right before, not in the thread: the work is left undone if it raises.
        """
        async with self._turn:
            if self.rest:
                await asyncio.sleep(self.rest)
            first()
            return await asyncio.to_thread(self._measured, work, *args, **named)

    def _measured(self, work: Callable[..., T], *args: Any, **named: Any) -> T:
        began = self._cpu()
        try:
            return work(*args, **named)
        finally:
            took = self._cpu() - began
            if took > FREE:
                self._rest_until = self._clock() + min(REST * took, LONGEST_REST)
