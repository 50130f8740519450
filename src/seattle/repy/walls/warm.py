"""All that is slow about the wall, done once in the nursery."""

from collections.abc import Iterable
from typing import NamedTuple

from seattle.repy.walls import capabilities, guest_calls, landlock, monitor_calls, seccomp
from seattle.repy.walls.guest_calls import Permission


class Prepared(NamedTuple):
    """What guests and monitors need to enter the wall in a few milliseconds. Inherited by fork, never sent."""

    filter: seccomp.Program | str
    """The guest's; or why there is none."""
    monitor_filter: seccomp.Program | str
    """The monitor's; or why there is none."""
    landlock_abi: int
    last_capability: int


def prepare() -> Prepared:
    """Load the libraries, build the filters, ask the kernel what it knows. Changes nothing."""
    return Prepared(
        filter=_filter(guest_calls.PERMITTED, unknown=guest_calls.UNKNOWN),
        monitor_filter=_filter(monitor_calls.PERMITTED, unknown=monitor_calls.UNKNOWN),
        landlock_abi=landlock.abi(),
        last_capability=capabilities.last_capability(),
    )


def _filter(permitted: Iterable[Permission], *, unknown: Iterable[str]) -> seccomp.Program | str:
    try:
        return seccomp.build(permitted, unknown=unknown)
    except (ImportError, RuntimeError, OSError) as why:
        return f"no filter could be built: {why}"
