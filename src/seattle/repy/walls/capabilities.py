"""No capability, and no way to get one back."""

import os

from seattle.repy.walls import libc
from seattle.repy.walls.report import Part, PartName, State

# Root has no special powers (NOROOT), a change of user changes no capability (NO_SETUID_FIXUP), none is kept
# over one (KEEP_CAPS stays off), and none becomes ambient (NO_CAP_AMBIENT_RAISE). Every one is locked.
_SECUREBITS = 0b1_1110_1111


def last_capability() -> int:
    """The highest capability number that this kernel knows. Reads /proc."""
    try:
        descriptor = os.open("/proc/sys/kernel/cap_last_cap", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 63  # the sets have 64 bits; dropping one that does not exist is refused and harmless
    try:
        return int(os.read(descriptor, 16))
    finally:
        os.close(descriptor)


def drop_all(last: int) -> Part:
    """Empty all five capability sets and lock the securebits; `last` is the highest capability number."""
    bounded = _drop_bounding_set(last)
    try:
        libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
        libc.capset(0, 0, 0)
        left = libc.capget()
    except OSError as why:
        return Part(PartName.CAPABILITIES, State.FAILED, f"capset: {why.strerror}")
    if any(left):
        return Part(PartName.CAPABILITIES, State.FAILED, f"some are left: {left}")
    if not bounded:
        # Without CAP_SETPCAP nobody may shrink it. It only bounds what execve grants, and no_new_privs
        # makes that nothing.
        return Part(PartName.CAPABILITIES, State.UP, "none held; the bounding set is not ours to empty")
    return Part(PartName.CAPABILITIES, State.UP, "none held, none to be had")


def _drop_bounding_set(last: int) -> bool:
    try:
        for capability in range(last + 1):
            libc.prctl(libc.PR_CAPBSET_DROP, capability)
        libc.prctl(libc.PR_SET_SECUREBITS, _SECUREBITS)
    except OSError:
        return False
    return True
