"""What a monitor may take itself: enough for all that its vessel's limits allow, and no more memory than that takes."""

import resource

from seattle.repy.monitor.guest_process import read_size
from seattle.resources.kinds import Resource
from seattle.resources.vector import ResourceVector

_DESCRIPTORS = 64  # besides those of the vessel
_MEMORY = 128 * 1024 * 1024  # bytes, besides what there is at the start: stacks of the resolver's threads, mostly
_LINE = 256 * 1024  # bytes for each line: one call with its payload, and its answer


def bound_monitor(limits: ResourceVector) -> None:
    """Have descriptors for everything that `limits` allow at once, as far as the system has them, and bounded memory.

    Before the monitor is confined. A monitor that needs more memory fails, and ends its vessel with it: what a guest
    makes a monitor hold is in no other count.
    """
    lines = limits[Resource.EVENTS]
    held = (Resource.FILESOPENED, Resource.INSOCKETS, Resource.OUTSOCKETS)
    # Each line may wait for a connection that is no outsocket yet, or for several sockets by way of one descriptor.
    wanted = _DESCRIPTORS + 2 * lines + sum(int(limits[kind]) for kind in held)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and most > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - for its descriptor
        size = read_size(statm.fileno())
    _lower(resource.RLIMIT_DATA, size.data + _MEMORY + lines * _LINE)


def _lower(which: int, value: int) -> None:
    """Set both limits, unless the hard one is lower already."""
    _soft, hard = resource.getrlimit(which)
    if hard == resource.RLIM_INFINITY or value < hard:
        resource.setrlimit(which, (value, value))
