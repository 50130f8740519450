"""Asking the vessels of a target, and telling what came of it: failures grouped by reason, result groups."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from seattle.client import Failure, Place, Results, Success
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.shell.call import Call
from seattle.shell.session import Session

T = TypeVar("T")


async def ask(call: Call, work: Callable[[AsyncVesselGroup], Awaitable[Results[T]]]) -> Results[T]:
    """Have `work` done on the target's vessels, each in the name of who found it; what came of it, in their order.

    Raises TargetNeeded, NoSuchTarget, and what the connection raises.
    """
    target = call.target
    came: dict[Place, Success[T] | Failure] = {}
    for group in await call.session.groups_of(target):
        came |= {one.vessel: one for one in await work(group)}
    return Results([came[one.vessel.place] for one in target])


def tell(session: Session, prefix: str, results: Results[Any]) -> None:
    """Say where it failed and why. If it worked elsewhere, there are the groups `PREFIXgood` and `PREFIXfail` then."""
    session.tally(worked=len(results.ok), failed=len(results.failed))
    tell_failures(session, results.failed)
    if results.ok and results.failed:
        make_groups(
            session,
            {
                f"{prefix}good": [one.vessel for one in results.ok],
                f"{prefix}fail": [one.vessel for one in results.failed],
            },
        )


def tell_failures(session: Session, failures: Sequence[Failure]) -> None:
    """Two lines for each reason: the reason, and the vessels where it was so."""
    by_reason: dict[str, list[str]] = {}
    for one in failures:
        by_reason.setdefault(one.message, []).append(session.targets.label(one.vessel))
    for reason, vessels in by_reason.items():
        session.note(f"failed: {reason}", style="red")
        session.note(f"Affected vessels: {listed(vessels)}.")


def make_groups(session: Session, groups: dict[str, list[Place]]) -> None:
    """Make groups, or have them hold these vessels instead, and say so."""
    for name, places in groups.items():
        session.targets.set_group(name, places)
    told = listed([f"'{name}' with {len(places)} target{'s' * (len(places) != 1)}" for name, places in groups.items()])
    session.show(f"Added group {told}")


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, and c`."""
    match words:
        case [*most, one, last] if most:
            return f"{', '.join([*most, one])}, and {last}"
        case _:
            return " and ".join(words)
