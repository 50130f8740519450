"""Which open files come along into the guest: those named, and nothing else."""

import os
import resource
from collections.abc import Iterable
from itertools import pairwise

from seattle.repy.walls import libc
from seattle.repy.walls.report import Part, PartName, State

_STANDARD = (0, 1, 2)
_BEYOND = 0x7FFF_FFFF
_CLOSE_RANGE = 436  # the same on every architecture


def close_all_but(keep: Iterable[int], *, nothing: int) -> Part:
    """Close every descriptor that is not in `keep`.

    A standard descriptor that is not kept becomes `nothing` (an open /dev/null): a closed one would be given to
    the next door, and an error message of the C library would be written there.
    """
    kept = {*keep}
    try:
        for standard in _STANDARD:
            if standard not in kept:
                os.dup2(nothing, standard)
        for below, above in pairwise([-1, *sorted({*kept, *_STANDARD}), _BEYOND]):
            if below + 1 < above:
                _close(below + 1, above - 1)
    except OSError as why:
        return Part(PartName.DESCRIPTORS, State.FAILED, f"dup2: {why.strerror}")
    return Part(PartName.DESCRIPTORS, State.UP, f"{len(kept)} kept")


def _close(first: int, last: int) -> None:
    """Close all from `first` to `last`.

    Kernels before 5.9, and containers with an old filter, have no call for that. os.closerange takes one number
    after the other there, which for two thousand million takes minutes; none is above the limit for open files.
    """
    try:
        libc.syscall(_CLOSE_RANGE, first, last, 0)
    except OSError:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        os.closerange(first, last + 1 if hard == resource.RLIM_INFINITY else min(last + 1, hard))
