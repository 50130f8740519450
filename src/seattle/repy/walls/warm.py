"""All that is slow about the wall, done once in the nursery."""

from collections.abc import Callable
from typing import NamedTuple

from seattle.repy.walls import capabilities, landlock, seccomp
from seattle.repy.walls.filters import begin_filters


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
    return begin_to_prepare()()


def begin_to_prepare() -> Callable[[], Prepared]:
    """Do so in the meantime: what is returned waits for the rest; call it once."""
    finish_filters = begin_filters()

    def finish() -> Prepared:
        filters = finish_filters()
        return Prepared(
            filter=filters.guest,
            monitor_filter=filters.monitor,
            landlock_abi=landlock.abi(),
            last_capability=capabilities.last_capability(),
        )

    return finish
