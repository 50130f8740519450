"""All that is slow about the wall, done once in the nursery."""

from typing import NamedTuple

from seattle.repy.walls import capabilities, landlock, seccomp
from seattle.repy.walls.filters import build_filters


class Prepared(NamedTuple):
    """What guests and monitors need to enter the wall in a few milliseconds. Inherited by fork, never sent."""

    filter: seccomp.Program | str
    """The guest's; or why there is none."""
    monitor_filter: seccomp.Program | str
    """The monitor's; or why there is none."""
    landlock_abi: int
    last_capability: int


def prepare() -> Prepared:
    """Build the filters, ask the kernel what it knows. Changes nothing."""
    filters = build_filters()
    return Prepared(
        filter=filters.guest,
        monitor_filter=filters.monitor,
        landlock_abi=landlock.abi(),
        last_capability=capabilities.last_capability(),
    )
