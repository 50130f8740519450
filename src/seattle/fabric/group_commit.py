"""Waiting for a disk together: those who come while it is at work share its next turn."""

import asyncio
from collections.abc import Callable


class GroupCommit:
    """Make what was written durable, with one call to the disk for all who wait, and none of them on the loop.

    Args:
        commit: makes all durable that was written before it was called; it blocks.
    """

    def __init__(self, commit: Callable[[], None]) -> None:
        self._commit = commit
        self._turn = asyncio.Lock()
        self._asked = 0
        self._done = 0

    async def __call__(self) -> None:
        """Return when everything that was written before this call is durable. Raises what `commit` raises."""
        self._asked += 1
        mine = self._asked
        async with self._turn:
            if self._done >= mine:
                return  # the turn before ours began after we had written
            covered = self._asked
            await asyncio.to_thread(self._commit)
            self._done = covered
