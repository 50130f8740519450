"""How much of its disk quota a vessel has taken: a running account, put right by looks at the folder.

The program's own growth is counted byte for byte and is set aside before a byte is written. What its owner uploads or
removes meanwhile shows at the next look: one comes before every refusal and, while the program writes, every second.
So a program can exceed its quota by no more than what others have put into the folder within that second.
"""

import math
import os
from collections.abc import Callable

from seattle.repy.door import Refusal
from seattle.repy.monitor.refused import RefusedError

BLOCK = 4096
"""Bytes that each directory entry costs of the quota, and the unit in which reading and writing are charged."""

_FRESH = 1.0  # seconds that a look is good for while the program grows its files
_REST = 20  # times as long as a look took the next one waits: a full folder must not keep the monitor busy


def disk_used(folder: int) -> int:
    """Bytes of quota that the entries of a vessel's folder take: size plus one block for each."""
    used = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                used += entry.stat(follow_symlinks=False).st_size + BLOCK
            except FileNotFoundError:  # removed while we looked
                continue
    return used


class DiskAccount:
    """Counts one vessel's quota, in bytes. `promise` comes first, then `take` as it is used, or `forgo`.

    Args:
        folder: descriptor of the vessel's folder.
        limit: the quota.
        hidden: bytes of files that nobody sees in the folder, though the disk has them still.
        clock: seconds, since any moment.
    """

    def __init__(self, folder: int, limit: int, *, hidden: Callable[[], int], clock: Callable[[], float]) -> None:
        self._folder = folder
        self._limit = limit
        self._hidden = hidden
        self._clock = clock
        self._used = 0
        self._promised = 0
        self._looked = self._rested = -math.inf  # when the last look was, and from when on there may be another

    def used(self) -> int:
        """Bytes taken now. Raises OSError where the folder can't be looked at."""
        self._look_if_rested()
        return self._used

    def promise(self, growth: int) -> None:
        """Set so many bytes aside. Raises RefusedError if they are not to be had, OSError as `used` does."""
        if self._clock() >= self._looked + _FRESH or not self._has_room(growth):
            self._look_if_rested()
        if not self._has_room(growth):
            taken = self._used + self._promised
            raise RefusedError(
                Refusal.EXHAUSTED, f"diskused: {taken} of {self._limit} bytes are taken, {growth} more do not fit"
            )
        self._promised += growth

    def take(self, growth: int) -> None:
        """So many of the promised bytes are on the disk now."""
        self._promised -= growth
        self._used += growth

    def forgo(self, growth: int) -> None:
        """So many of the promised bytes will not be needed."""
        self._promised -= growth

    def give_back(self, size: int) -> None:
        """So many bytes are gone from the disk."""
        self._used = max(self._used - size, 0)  # a file may be smaller in the last look than when it was removed

    def _has_room(self, growth: int) -> bool:
        return self._used + self._promised + growth <= self._limit

    def _look_if_rested(self) -> None:
        began = self._clock()
        if began < self._rested:
            return
        self._used = disk_used(self._folder) + self._hidden()
        self._looked = self._clock()
        self._rested = self._looked + _REST * (self._looked - began)
