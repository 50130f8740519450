"""Ask many at the same time. One that fails, or never answers, costs the others nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from seattle.client.errors import ClientError, TimedOut
from seattle.client.places import Place
from seattle.client.results import Failure, Success
from seattle.fabric.errors import FabricError
from seattle.identity.errors import IdentityError

AT_ONCE: Final = 128  # of one thing asked of many: bounds the memory that chunks of files take

T = TypeVar("T")
R = TypeVar("R")


async def fan_out(
    items: Sequence[T],
    work: Callable[[T], Awaitable[R]],
    *,
    place: Callable[[T], Place],
    within: float | None,
    at_once: int = AT_ONCE,
) -> list[Success[R] | Failure]:
    """Do `work` on all items, `at_once` of them at a time; what came of each, in their order.

    `within` is in seconds, for each item from the moment it gets its turn; None if `work` bounds itself. Expected
    errors become failures; a mistake in `work` itself is raised.
    """
    turns = asyncio.Semaphore(at_once)

    async def take_turn(item: T) -> Success[R] | Failure:
        async with turns:
            return await attempt(place(item), work(item), within=within)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(take_turn(item), name=f"ask {place(item)}") for item in items]
    return [task.result() for task in tasks]


async def attempt(vessel: Place, work: Awaitable[R], *, within: float | None = None) -> Success[R] | Failure:
    """Await `work`, for at most `within` seconds if it has no bound of its own, and return what came of it."""
    try:
        async with asyncio.timeout(within):
            return Success(vessel, await work)
    except TimeoutError as why:
        late = TimedOut("not done in time" if within is None else f"not done within {within:g} s")
        late.__cause__ = why
        return Failure.of(vessel, late)
    except (FabricError, IdentityError, ClientError, OSError) as why:
        return Failure.of(vessel, why)
