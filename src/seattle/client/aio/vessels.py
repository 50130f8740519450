"""What can be asked of vessels, of all in a group at the same time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import msgspec

from seattle.client.aio.files import program_here
from seattle.client.aio.follower import Follower
from seattle.client.aio.layers import Layers, read_layers
from seattle.client.aio.log_reader import RunPlace, latest_run, read_kept
from seattle.client.aio.mapping import MappingGroup
from seattle.client.aio.run import AsyncRun
from seattle.client.aio.starts import OnStart, Start, no_start
from seattle.client.aio.watcher import Watcher
from seattle.client.errors import NoSuchVessel
from seattle.client.expected import argument, expect_each, expect_file_name, expect_function
from seattle.client.fan_out import attempt, fan_out
from seattle.client.places import Place
from seattle.client.results import Failure, Results, Success
from seattle.client.vessel import Vessel
from seattle.fabric.node_api import (
    GET_RESOURCES,
    GET_VESSELS,
    RESET,
    START,
    START_BENEATH,
    STOP,
    GetResources,
    GetVessels,
    Reset,
    ResourceReport,
    RestartPolicy,
    StartBeneath,
    Stop,
    VesselList,
)
from seattle.fabric.node_api import Start as Request

Arguments = Callable[[Vessel], Sequence[str]]  # of a program, for each vessel


class AsyncVesselGroup(MappingGroup):
    """Vessels. Each method asks all of them at the same time, and tells for each what came of it."""

    async def run(
        self,
        program: str | Path,
        *arguments: str | Arguments,
        layers: Sequence[str | Path] = (),
        restart: RestartPolicy | str = RestartPolicy.NEVER,
    ) -> AsyncRun:
        """Upload a program, if it is a file here, and start it; nodes start it again when it has ended, if told so.

        A text that is no file here is the name of one in the vessels. Instead of arguments there may be one
        function which returns them for each vessel. `layers`: files here, security layers beneath which it runs, the
        outermost first. Raises NoSuchProgram for a layer, or a Path, at which there is no file; BadLayers.
        """
        return await _when_settled(await self.launch(program, *arguments, layers=layers, restart=restart))

    async def start(
        self,
        name: str,
        *arguments: str | Arguments,
        layers: Sequence[str | Path] = (),
        restart: RestartPolicy | str = RestartPolicy.NEVER,
    ) -> AsyncRun:
        """Start a program that is among the vessels' files.

        `layers`: as of `run`. `restart`: `never`, `on-failure` or `always`; until the program is stopped.
        """
        expect_file_name(name)
        above = await read_layers(layers, name)
        return await _when_settled(self._begin(name, None, arguments, above, _policy(restart), no_start))

    async def launch(
        self,
        program: str | Path,
        *arguments: str | Arguments,
        layers: Sequence[str | Path] = (),
        restart: RestartPolicy | str = RestartPolicy.NEVER,
        on_start: OnStart = no_start,
    ) -> AsyncRun:
        """As `run`, but return before it has started: who follows the run sees each vessel's lines at once.

        `on_start` is called with what came of it on each vessel, when it has started there or failed to. Closing the
        testbed gives up what has not started by then; `settled` waits.
        """
        expect_function(on_start, "on_start")
        name, content = await program_here(program)
        above = await read_layers(layers, name)
        return self._begin(name, content, arguments, above, _policy(restart), on_start)

    def _begin(
        self,
        name: str,
        content: bytes | None,
        arguments: Sequence[str | Arguments],
        layers: Layers,
        restart: RestartPolicy,
        on_start: OnStart,
    ) -> AsyncRun:
        """Start a program on each vessel, which is given the layers, and its text if that is not None, first."""
        files = [*layers.contents.items()] + ([] if content is None else [(name, content)])
        vessels = {vessel.place: vessel for vessel in self}
        given = {vessel.place: _arguments(vessel, arguments) for vessel in self}  # mistakes are raised from here

        async def ask_for(place: Place) -> RunPlace:
            wanted = Request(vessel=place.vessel, program=name, arguments=given[place], restart=restart)
            if layers.named:
                beneath = StartBeneath(**msgspec.structs.asdict(wanted), layers=layers.named)
                started = await self._link.ask(place, START_BENEATH, beneath)
            else:
                started = await self._link.ask(place, START, wanted)
            return RunPlace(place, started.run, started.log_offset)

        async def begin(place: Place) -> Start:
            for file, text in files:
                [uploaded] = await self.of([vessels[place]]).put(text, file)
                if isinstance(uploaded, Failure):
                    return uploaded
            return await attempt(place, ask_for(place), within=2 * self._link.patience.call)

        return AsyncRun(self._link, list(vessels), begin, on_start)

    async def attach(self) -> AsyncRun:
        """The latest run of each vessel, whoever started it, with its log as far as it is kept."""

        async def find(place: Place) -> RunPlace:
            return RunPlace(place, await latest_run(self._link, place))

        async def begin(place: Place) -> Start:
            return await attempt(place, find(place), within=2 * self._link.patience.call)

        return await _when_settled(AsyncRun(self._link, [vessel.place for vessel in self], begin))

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


async def _when_settled(run: AsyncRun) -> AsyncRun:
    try:
        await run.settled()
    except BaseException:
        await run.close()  # nobody has it, to stop it or to wait for it
        raise
    return run


def _policy(restart: RestartPolicy | str) -> RestartPolicy:
    try:
        return RestartPolicy(restart)
    except ValueError as why:
        raise ValueError(f"restart is one of {', '.join(RestartPolicy)}, not {restart!r}") from why


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
        own = given[0](vessel)
        return [argument(one) for one in expect_each(own, object, "a function returns a list of arguments")]
    if any(callable(one) for one in given):
        raise TypeError("give either the arguments or one function that returns them for each vessel")
    return [argument(one) for one in given]
