"""All that is slow about the wall, done once in the nursery."""

from typing import NamedTuple

from seattle.repy.walls import capabilities, landlock, seccomp


class Prepared(NamedTuple):
    """What a guest needs to enter the wall in a few milliseconds. Inherited by fork, never sent."""

    filter: seccomp.Program | None
    filter_missing: str
    """Why there is no filter; empty when there is one."""
    landlock_abi: int
    last_capability: int


def prepare() -> Prepared:
    """Load the libraries, build the filter, ask the kernel what it knows. Changes nothing."""
    program, missing = _filter()
    return Prepared(
        filter=program,
        filter_missing=missing,
        landlock_abi=landlock.abi(),
        last_capability=capabilities.last_capability(),
    )


def _filter() -> tuple[seccomp.Program | None, str]:
    try:
        return seccomp.build(), ""
    except (ImportError, RuntimeError, OSError) as why:
        return None, f"no filter could be built: {why}"
