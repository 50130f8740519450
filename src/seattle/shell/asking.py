"""Asking many at the same time, while people see how it goes and may stop waiting."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from seattle.client import Failure, Place, Results, Success
from seattle.client.aio.testbed import AsyncTestbed
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.client.fan_out import AT_ONCE, attempt, fan_out
from seattle.shell.errors import EXPECTED, NotWaitedFor, ShellError
from seattle.shell.session import Session
from seattle.shell.targets import Known
from seattle.shell.waiting import Moved, Waiting

Q = TypeVar("Q")
T = TypeVar("T")


async def ask_vessels(
    session: Session,
    vessels: Sequence[Known],
    work: Callable[[AsyncVesselGroup], Awaitable[Results[T]]],
    *,
    doing: str,
    at_once: int = AT_ONCE,
    moved: Moved | None = None,
) -> Results[T]:
    """Have `work` done on each vessel, in the name of who found it; what came of it, in their order.

    `work` gets a group of one. Raises what the connection raises, if there is none at all.
    """
    testbeds = await connected(session, [one.identity for one in vessels])
    problems = [one for one in testbeds.values() if isinstance(one, Exception)]
    if problems and len(problems) == len(testbeds):
        raise problems[0]

    async def one_of(known: Known) -> T:
        (came,) = await work(usable(testbeds[known.identity]).group([known.vessel]))
        if isinstance(came, Failure):
            raise came.error
        return came.value

    return await ask_each(
        session, vessels, one_of, place=lambda known: known.vessel.place, doing=doing, at_once=at_once, moved=moved
    )


async def ask_each(
    session: Session,
    items: Sequence[Q],
    work: Callable[[Q], Awaitable[T]],
    *,
    place: Callable[[Q], Place],
    doing: str,
    at_once: int = AT_ONCE,
    moved: Moved | None = None,
    anyway: bool = False,
) -> Results[T]:
    """Do `work`, which bounds itself, on all; what came of each, in their order.

    Cancelled, it returns what has come until then; what has not is a failure. Whoever does the line looks whether it
    was cancelled, when that has been told (`Session.do`): so a command that asks several times is over at the next
    question, unless that is to be asked `anyway`.
    """
    if not anyway:
        go_on()
    places = [place(item) for item in items]
    came: dict[int, Success[T] | Failure] = {}
    with Waiting(session.notes, doing, {one: session.targets.label(one) for one in places}, moved) as waiting:

        async def note(number: int) -> None:
            end = came[number] = await _attempt(session, places[number], work(items[number]))
            waiting.came(places[number], ok=isinstance(end, Success))

        try:
            await fan_out(range(len(items)), note, place=lambda number: places[number], within=None, at_once=at_once)
        except asyncio.CancelledError:
            if len(came) == len(items):
                raise
    return Results([came.get(number) or Failure.of(one, NotWaitedFor()) for number, one in enumerate(places)])


def go_on() -> None:
    """Raise CancelledError in a command that was cancelled, and has gone on to tell what had come."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def converted(results: Results[Q], convert: Callable[[Q], T]) -> Results[T]:
    """What was answered as something else; an expected error of `convert` raises, and is the failure of who asks."""
    return Results([Success(one.vessel, convert(one.value)) if isinstance(one, Success) else one for one in results])


async def _attempt(session: Session, place: Place, work: Awaitable[T]) -> Success[T] | Failure:
    try:
        return await attempt(place, work)
    except ShellError as why:
        return Failure.of(place, why)
    except Exception as mistake:  # noqa: BLE001 - ours: it must not cost the other vessels what came of them
        session.own_up(mistake)
        return Failure(place, "mistake", f"the shell itself has failed: {type(mistake).__name__}", mistake)


def usable(testbed: AsyncTestbed | Exception) -> AsyncTestbed:
    """The testbed; raises why there is none."""
    if isinstance(testbed, Exception):
        raise testbed
    return testbed


async def connected(session: Session, names: Iterable[str]) -> dict[str, AsyncTestbed | Exception]:
    """The testbed in the name of each of these identities, or why that can't be.

    Before anything is asked and progress drawn: a passphrase may have to be typed.
    """
    found: dict[str, AsyncTestbed | Exception] = {}
    for name in dict.fromkeys(names):
        try:
            found[name] = await session.connections.testbed(session.identities.get(name))
        except EXPECTED as why:
            found[name] = why
    return found
