"""A program that is being started on many vessels: whoever waits for one waits for no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from seattle.client.aio.log_reader import RunPlace
from seattle.client.errors import TestbedClosed
from seattle.client.fan_out import AT_ONCE
from seattle.client.places import Place
from seattle.client.results import Failure, Results, Success

Start: TypeAlias = Success[RunPlace] | Failure
OnStart = Callable[[Start], None]  # told of each vessel when the program has started there, or failed to


def no_start(_start: Start) -> None:
    """Tell nobody."""


class Starts:
    """Tasks that start a program, a vessel each, so many at a time as are asked at once.

    Whoever gives up waiting for one leaves it going on. What is wrong with `begin` itself is raised to whoever waits.
    """

    def __init__(self, places: Sequence[Place], begin: Callable[[Place], Awaitable[Start]], tell: OnStart) -> None:
        turns = asyncio.Semaphore(AT_ONCE)

        async def take_turn(place: Place) -> Start:
            async with turns:
                start = await begin(place)
            tell(start)
            return start

        self._tasks = {place: asyncio.create_task(take_turn(place), name=f"start {place}") for place in places}

    @property
    def known(self) -> Results[RunPlace]:
        """What came of those that are over, in the order of the vessels."""
        return Results([_outcome(place, task) for place, task in self._tasks.items() if task.done()])

    async def of(self, place: Place) -> Start:
        """What comes of this one."""
        await asyncio.wait([self._tasks[place]])
        return _outcome(place, self._tasks[place])

    async def settled(self) -> Results[RunPlace]:
        """What came of all."""
        if self._tasks:
            await asyncio.wait(self._tasks.values())
        return self.known

    async def close(self) -> None:
        """Give up those that are not over; their nodes may have been asked already."""
        for task in self._tasks.values():
            task.cancel()
        await self.settled()


def _outcome(place: Place, task: "asyncio.Task[Start]") -> Start:
    if task.cancelled():
        return Failure.of(place, TestbedClosed("given up before it had started"))
    return task.result()
