"""Asking the vessels of a target, and telling what came of it: failures grouped by reason, result groups."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from seattle.client import Failure, Place, Results
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.shell.asking import ask_vessels
from seattle.shell.call import Call
from seattle.shell.folding import listed
from seattle.shell.reasons import by_reason
from seattle.shell.session import Session
from seattle.shell.targets import Known
from seattle.shell.waiting import Moved

T = TypeVar("T")


async def ask(
    call: Call,
    work: Callable[[AsyncVesselGroup], Awaitable[Results[T]]],
    *,
    doing: str = "asking vessels",
    moved: Moved | None = None,
) -> Results[T]:
    """Have `work` done on each vessel of the target, in the name of who found it; what came of it, in their order.

    `work` gets a group of one. Raises TargetNeeded, NoSuchTarget; what the connection raises, if there is none at all.
    """
    target = call.target
    tell_if_empty(call.session, target)
    return await ask_vessels(call.session, target, work, doing=doing, moved=moved)


def tell_if_empty(session: Session, target: Sequence[Known]) -> None:
    """Say so if a target has no vessels: nothing will be asked of anybody."""
    if not target:
        session.note("The target is empty: `show targets` tells what there is, and `browse` finds vessels.")


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
    """Two lines for each reason: the reason, and the vessels, or nodes, where it was so."""
    for reason, affected in by_reason(failures).items():
        what = "vessels" if any(one.vessel.vessel for one in affected) else "nodes"
        session.note(reason, style="red")
        session.note(f"Affected {what}: {listed([session.targets.label(one.vessel) for one in affected])}.")


def make_groups(session: Session, groups: dict[str, list[Place]]) -> None:
    """Make groups, or have them hold these vessels instead, and say so."""
    for name, places in groups.items():
        session.targets.set_group(name, places)
    told = listed([f"'{name}' with {len(places)} target{'s' * (len(places) != 1)}" for name, places in groups.items()])
    session.show(f"Added group {told}")
