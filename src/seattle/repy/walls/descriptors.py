"""Which open files come along into the guest: those named, and nothing else."""

import os
from collections.abc import Iterable
from itertools import pairwise

from seattle.repy.walls.report import Part, PartName, State

_STANDARD = (0, 1, 2)
_BEYOND = 0x7FFF_FFFF


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
            if below + 1 < above:  # an empty range that starts at 0 is taken for "all"
                os.closerange(below + 1, above)
    except OSError as why:
        return Part(PartName.DESCRIPTORS, State.FAILED, f"dup2: {why.strerror}")
    return Part(PartName.DESCRIPTORS, State.UP, f"{len(kept)} kept")
