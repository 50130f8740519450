"""What the kernel counts for one process: memory, descriptors, threads, and many things at zero."""

import resource
from typing import NamedTuple

from seattle.repy.walls.report import Part, PartName, State


class GuestLimits(NamedTuple):
    """The limits that depend on the vessel."""

    data_bytes: int
    """Private writable memory in bytes, thread stacks and the warmed interpreter included."""
    open_files: int
    """Descriptors: the highest number is one less than this. Those kept from the monitor count."""
    processes: int
    """Threads, the first included. Exact where the guest has a user namespace, see `_threads`."""


RLIMIT_MSGQUEUE = 12  # bytes in POSIX message queues; Python has no name for these two
RLIMIT_NICE = 13
RLIMIT_RTPRIO = 14

# Address space besides data: code, libraries, and what malloc reserves for the arenas of threads (it does with fewer
# where that is full). It ends because memory that may only be read is no data: each 2 MiB of it cost the kernel 4 KiB
# of page tables, which nobody else counts, and a page that was filled before it was made so is memory all the same.
_BESIDES_DATA = 4 << 30

_OF_THE_VESSEL = (resource.RLIMIT_DATA, resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC)

# The first thread's stack. It is not part of RLIMIT_DATA, so it is bounded here; CPython's own recursion limit
# strikes far earlier. Other threads have theirs in data memory.
STACK_BYTES = 8 * 1024 * 1024


def limit(limits: GuestLimits, *, own_user_namespace: bool) -> Part:
    """Set hard and soft limits; they can't be raised again, for that takes a capability."""
    wanted = {
        **_memory(limits),
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: _threads(limits.processes, own_user_namespace=own_user_namespace),
        resource.RLIMIT_STACK: STACK_BYTES,
        resource.RLIMIT_FSIZE: 0,  # no file can be written, should one ever come within reach
        resource.RLIMIT_CORE: 0,  # a crash leaves no copy of the guest's memory on the donor's disk
        resource.RLIMIT_MEMLOCK: 0,
        RLIMIT_MSGQUEUE: 0,
        RLIMIT_NICE: 0,
        RLIMIT_RTPRIO: 0,
    }
    return _set(wanted)


def tighten(limits: GuestLimits, *, own_user_namespace: bool) -> Part:
    """Lower the limits that depend on the vessel, in a guest that entered before anybody knew its vessel.

    Works behind the whole wall. Without a user namespace the number of threads stays as it is.
    """
    wanted = {**_memory(limits), resource.RLIMIT_NOFILE: limits.open_files}
    if own_user_namespace:
        wanted[resource.RLIMIT_NPROC] = limits.processes
    return _set(wanted)


def _memory(limits: GuestLimits) -> dict[int, int]:
    return {resource.RLIMIT_DATA: limits.data_bytes, resource.RLIMIT_AS: limits.data_bytes + _BESIDES_DATA}


def _set(wanted: dict[int, int]) -> Part:
    """Set each hard and soft limit to the value, or leave it lower where it is."""
    try:
        for which, value in wanted.items():
            _, hard = resource.getrlimit(which)
            bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (bound, bound))
    except (OSError, ValueError) as why:
        return Part(PartName.RLIMITS, State.FAILED, f"setrlimit: {why}")
    data, files, threads = (resource.getrlimit(which)[0] for which in _OF_THE_VESSEL)
    return Part(PartName.RLIMITS, State.UP, f"data {data} bytes, {files} descriptors, {threads} threads")


def _threads(wanted: int, *, own_user_namespace: bool) -> int:
    """The value of RLIMIT_NPROC.

    In a user namespace of its own the guest is counted alone. Without one the kernel counts all that the account
    runs, other guests and the node too: a guest's own share would then stop the first guest's threads as soon as
    a second guest starts. So the guest gets three quarters of the account's allowance, and however many threads
    it makes, the node can still fork.
    """
    if own_user_namespace:
        return wanted
    allowance, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    return 4096 if allowance == resource.RLIM_INFINITY else max(wanted, allowance * 3 // 4)
