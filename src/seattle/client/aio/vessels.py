"""What can be asked of vessels, of all in a group at the same time."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self, TypeAlias, TypeVar

from seattle.client.aio.collecting import read_file
from seattle.client.aio.farm import Farm, Job
from seattle.client.aio.follower import Follower
from seattle.client.aio.leasing import LeasedGroup
from seattle.client.aio.log_reader import RunPlace, latest_run, read_kept
from seattle.client.aio.run import AsyncRun
from seattle.client.aio.watcher import Watcher
from seattle.client.answers import Answer, Answers
from seattle.client.errors import NoSuchProgram, NoSuchVessel
from seattle.client.fan_out import fan_out
from seattle.client.places import Place
from seattle.client.results import Failure, Results, Success
from seattle.client.vessel import Vessel
from seattle.fabric import transfer
from seattle.fabric.errors import BadReply
from seattle.fabric.node_api import (
    DELETE_FILE,
    GET_RESOURCES,
    GET_VESSELS,
    LIST_FILES,
    MAX_CHUNK,
    READ_FILE,
    RESET,
    START,
    STAT_FILE,
    STOP,
    DeleteFile,
    FileChunk,
    FileEntry,
    GetResources,
    GetVessels,
    ListFiles,
    ReadFileChunk,
    Reset,
    ResourceReport,
    RestartPolicy,
    Start,
    StatFile,
    Stop,
    VesselList,
)

Arguments = Callable[[Vessel], Sequence[str]]  # of a program, for each vessel
Files: TypeAlias = list[FileEntry]
Progress = Callable[[Vessel, int, int], None]  # bytes moved, bytes in all
MapProgress = Callable[[Answer[Any], int, int], None]  # the latest, how many there are, of how many

I = TypeVar("I")  # noqa: E741 - an input

MAX_LISTED: Final = 1_000_000  # files of one vessel


def no_progress(vessel: Vessel, moved: int, total: int) -> None:
    """Tell nobody."""


def no_map_progress(answer: Answer[Any], done: int, total: int) -> None:
    """Tell nobody."""


class AsyncVesselGroup(LeasedGroup):
    """Vessels. Each method asks all of them at the same time, and tells for each what came of it."""

    async def upload(
        self, path: str | Path, name: str | None = None, *, progress: Progress = no_progress
    ) -> Results[int]:
        """Put a file into each vessel, under `name` or its own; the sizes in bytes.

        An upload that was broken off goes on where it was. Raises NoSuchProgram if the file can't be read.
        """
        content = await _read(Path(path))
        return await self.put(content, name or Path(path).name, progress=progress)

    async def put(self, content: bytes, name: str, *, progress: Progress = no_progress) -> Results[int]:
        """Put a file with this content into each vessel; the sizes in bytes."""

        async def put_one(vessel: Vessel) -> int:
            return await transfer.upload(
                self._link.asking(vessel.place),
                vessel=vessel.name,
                name=name,
                content=content,
                progress=lambda moved, total: progress(vessel, moved, total),
            )

        return await self._each(put_one, within=self._link.patience.transfer)

    async def download(self, name: str, into: str | Path = ".", *, progress: Progress = no_progress) -> Results[Path]:
        """Fetch a file of each vessel to `into/NODE_VESSEL_name`; the paths.

        A file appears when it is whole; one that is there is replaced.
        """
        folder = Path(into)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)

        async def fetch(vessel: Vessel) -> Path:
            target = folder / f"{vessel.node}_{vessel.name}_{Path(name).name}"
            draft = target.with_name(f".{target.name}.part")
            try:
                with draft.open("w+b") as file:
                    await transfer.download(
                        self._link.asking(vessel.place),
                        vessel=vessel.name,
                        name=name,
                        into=file,
                        progress=lambda moved, total: progress(vessel, moved, total),
                    )
                return draft.replace(target)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    draft.unlink()

        return await self._each(fetch, within=self._link.patience.transfer)

    async def read(self, name: str) -> Results[bytes]:
        """The content of a file of each vessel; at most 64 MiB: `download` is for larger ones."""

        async def read_one(vessel: Vessel) -> bytes:
            return await read_file(self._link, vessel.place, name)

        return await self._each(read_one, within=self._link.patience.transfer)

    async def list(self, *, digests: bool = False) -> Results[Files]:
        """The files of each vessel, with the SHA-256 of each if `digests`."""

        async def list_one(vessel: Vessel) -> Files:
            files: Files = []
            while True:
                after = files[-1].name if files else ""
                request = ListFiles(vessel=vessel.name, after=after, digests=digests)
                page = await self._link.ask(vessel.place, LIST_FILES, request)
                files += page.files
                if not page.more:
                    return files
                if not page.files or page.files[-1].name <= after or len(files) > MAX_LISTED:
                    raise BadReply("the node's list of files has no end")

        return await self._each(list_one, within=self._link.patience.transfer)

    async def stat(self, name: str) -> Results[FileEntry]:
        """Size, time and SHA-256 of a file in each vessel."""

        async def stat_one(vessel: Vessel) -> FileEntry:
            return await self._link.ask(vessel.place, STAT_FILE, StatFile(vessel=vessel.name, name=name))

        return await self._each(stat_one)

    async def head(self, name: str, most: int = MAX_CHUNK) -> Results[FileChunk]:
        """The beginning of a file in each vessel, `most` bytes of it, and how large it is. `most`: 512 KiB or less."""

        async def read(vessel: Vessel) -> FileChunk:
            request = ReadFileChunk(vessel=vessel.name, name=name, offset=0, count=most)
            return await self._link.ask(vessel.place, READ_FILE, request)

        return await self._each(read)

    async def delete(self, name: str) -> Results[None]:
        """Delete a file in each vessel."""

        async def delete_one(vessel: Vessel) -> None:
            await self._link.ask(vessel.place, DELETE_FILE, DeleteFile(vessel=vessel.name, name=name))

        return await self._each(delete_one)

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

    async def map(
        self,
        program: str | Path,
        inputs: Iterable[I],
        *,
        file: str | None = None,
        tries: int = 3,
        timeout: float | None = None,  # noqa: ASYNC109 - of each run
        again_after: float | None = None,
        progress: MapProgress = no_map_progress,
    ) -> Answers[I]:
        """Run a program once for each input, on whichever vessel is free; the answers, in the order of the inputs.

        An input is the program's arguments: a text, a number, or a tuple or list of those. Its answer has what the
        program wrote, and the content of `file`, if one is named, as the program left it. What fails for a reason of
        the vessel's is tried elsewhere, up to `tries` times; a program that fails by itself has answered. A run that
        takes longer than `timeout` seconds is stopped and has failed. Where vessels are idle at the end, what has run
        for `again_after` seconds is tried on a second one: the first to answer counts.

        `progress` is called with each answer, how many there are now, and of how many. Cancelled, it stops all that
        runs. Raises NoSuchProgram for a Path at which there is no file, TypeError for what can be no input.
        """
        given = list(inputs)
        answers: dict[int, Answer[I]] = {}
        async with await self.imap_unordered(
            program, given, file=file, tries=tries, timeout=timeout, again_after=again_after
        ) as farm:
            async for answer in farm:
                answers[answer.index] = answer
                progress(answer, len(answers), len(given))
        return Answers([answers[number] for number in range(len(given))])

    async def imap_unordered(
        self,
        program: str | Path,
        inputs: Iterable[I],
        *,
        file: str | None = None,
        tries: int = 3,
        timeout: float | None = None,  # noqa: ASYNC109 - of each run
        again_after: float | None = None,
    ) -> Farm[I]:
        """As `map`, but for `async for`: each answer when it comes. What still runs when it is closed is stopped."""
        path = Path(program)
        here = isinstance(program, Path) or await asyncio.to_thread(path.is_file)
        content = await _read(path) if here else None

        async def prepare(vessel: Vessel) -> Success[int] | Failure:
            return Success(vessel.place, 0) if content is None else (await self.of([vessel]).put(content, path.name))[0]

        job = Job(
            program=path.name if here else str(program),
            file=file,
            tries=tries,
            timeout=timeout,
            again_after=again_after,
        )
        farm = Farm(self._link, self, list(inputs), job, prepare=prepare)
        self._link.open.add(farm)
        return farm

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


async def _read(path: Path) -> bytes:
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError as why:
        raise NoSuchProgram(f"{path}: can't be read ({why.strerror})") from why
