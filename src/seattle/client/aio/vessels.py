"""What can be asked of vessels, of all in a group at the same time."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from seattle.client.aio.follower import Follower
from seattle.client.aio.log_reader import RunPlace, latest_run, read_kept
from seattle.client.aio.mapping import MappingGroup
from seattle.client.aio.run import AsyncRun
from seattle.client.aio.watcher import Watcher
from seattle.client.errors import NoSuchVessel
from seattle.client.fan_out import fan_out
from seattle.client.places import Place
from seattle.client.results import Failure, Results, Success
from seattle.client.vessel import Vessel
from seattle.fabric.node_api import (
    GET_RESOURCES,
    GET_VESSELS,
    RESET,
    START,
    STOP,
    GetResources,
    GetVessels,
    Reset,
    ResourceReport,
    RestartPolicy,
    Start,
    Stop,
    VesselList,
)

Arguments = Callable[[Vessel], Sequence[str]]  # of a program, for each vessel


class AsyncVesselGroup(MappingGroup):
    """Vessels. Each method asks all of them at the same time, and tells for each what came of it."""

    async def run(
        self, program: str | Path, *arguments: str | Arguments, restart: RestartPolicy | str = RestartPolicy.NEVER
    ) -> AsyncRun:
        """Upload a program, if it is a file here, and start it; nodes start it again when it has ended, if told so.

        A text that is no file here is the name of one in the vessels. Instead of arguments there may be one
        function which returns them for each vessel. Raises NoSuchProgram for a Path at which there is no file.
        """
        path = Path(program)
        if isinstance(program, str) and not await asyncio.to_thread(path.is_file):
            return await self.start(program, *arguments, restart=restart)
        uploaded = await self.upload(path)
        there = self.of([vessel for vessel, one in zip(self, uploaded, strict=True) if isinstance(one, Success)])
        run = await there.start(path.name, *arguments, restart=restart)
        started = {one.vessel: one for one in run.started}
        return AsyncRun(self._link, Results([started.get(one.vessel) or _failed(one) for one in uploaded]))

    async def start(
        self, name: str, *arguments: str | Arguments, restart: RestartPolicy | str = RestartPolicy.NEVER
    ) -> AsyncRun:
        """Start a program that is among the vessels' files.

        `restart`: `never`, `on-failure` or `always`; until the program is stopped.
        """
        policy = RestartPolicy(restart)
        given = {vessel: _arguments(vessel, arguments) for vessel in self}  # a mistake in them is raised from here

        async def start_one(vessel: Vessel) -> RunPlace:
            request = Start(vessel=vessel.name, program=name, arguments=given[vessel], restart=policy)
            started = await self._link.ask(vessel.place, START, request)
            return RunPlace(vessel.place, started.run, started.log_offset)

        return AsyncRun(self._link, await self._each(start_one))

    async def attach(self) -> AsyncRun:
        """The latest run of each vessel, whoever started it, with its log as far as it is kept."""

        async def find(vessel: Vessel) -> RunPlace:
            return RunPlace(vessel.place, await latest_run(self._link, vessel.place))

        return AsyncRun(self._link, await self._each(find))

    async def follow(self) -> Follower:
        """The lines of what runs in each vessel, or ran last, from those that are kept to its end, as they come."""
        return (await self.attach()).follow()

    def each(self) -> Iterator[Self]:
        """Each vessel as a group of its own."""
        return (self.of([vessel]) for vessel in self)

    async def refresh(self) -> Results[Vessel]:
        """Each vessel as it is now: its state, outcome, holders. One that is no more has failed."""
        nodes = list(dict.fromkeys(vessel.node for vessel in self))

        async def ask(node: str) -> VesselList:
            return await self._link.ask(Place(node), GET_VESSELS, GetVessels())

        told = await fan_out(nodes, ask, place=Place, within=2 * self._link.patience.call)
        by_node = dict(zip(nodes, told, strict=True))
        return Results([_refreshed(vessel, by_node[vessel.node]) for vessel in self])

    def watch(self) -> Watcher:
        """News of these vessels, as they come: states, outcomes, holders; what is gone or out of reach is a Failure."""
        watcher = Watcher(self._link, self)
        self._link.open.add(watcher)
        return watcher

    async def stop(self) -> Results[None]:
        """Stop what runs."""

        async def stop_one(vessel: Vessel) -> None:
            await self._link.ask(vessel.place, STOP, Stop(vessel=vessel.name))

        return await self._each(stop_one)

    async def reset(self) -> Results[None]:
        """Stop what runs, and delete all files and the log."""

        async def reset_one(vessel: Vessel) -> None:
            await self._link.ask(vessel.place, RESET, Reset(vessel=vessel.name))

        return await self._each(reset_one)

    async def logs(self) -> Results[bytes]:
        """The log of each vessel, as far as it is kept."""
        return await self._each(lambda vessel: read_kept(self._link, vessel.place), within=self._link.patience.transfer)

    async def resources(self) -> Results[ResourceReport]:
        """What each vessel may use, and does use."""

        async def ask_one(vessel: Vessel) -> ResourceReport:
            return await self._link.ask(vessel.place, GET_RESOURCES, GetResources(vessel=vessel.name))

        return await self._each(ask_one)


def _refreshed(vessel: Vessel, told: Success[VesselList] | Failure) -> Success[Vessel] | Failure:
    if isinstance(told, Failure):
        return replace(told, vessel=vessel.place)
    found = next((one for one in told.value.vessels if one.name == vessel.name), None)
    if found is None:
        return Failure.of(vessel.place, NoSuchVessel(f"{vessel} is no more, or no longer ours to use"))
    now = replace(vessel.as_told(found), holding_back=told.value.holding_back, notice=told.value.notice)
    return Success(vessel.place, now)


def _arguments(vessel: Vessel, given: Sequence[str | Arguments]) -> list[str]:
    if len(given) == 1 and callable(given[0]):
        return [str(one) for one in given[0](vessel)]
    if any(callable(one) for one in given):
        raise TypeError("give either the arguments or one function that returns them for each vessel")
    return [str(one) for one in given]


def _failed(result: Success[int] | Failure) -> Failure:
    assert isinstance(result, Failure)  # what was uploaded was started, or has failed to
    return result
