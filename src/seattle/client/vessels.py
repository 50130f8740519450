"""What can be asked of vessels, of all in a group at the same time; without `async`."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

from seattle.client.aio.farm import Farm
from seattle.client.aio.files import Files, Progress, no_progress
from seattle.client.aio.mapping import MapProgress, no_map_progress
from seattle.client.aio.starts import OnStart, no_start
from seattle.client.aio.vessels import Arguments, AsyncVesselGroup
from seattle.client.aio.watcher import Watcher
from seattle.client.answers import Answer, Answers
from seattle.client.background import Background
from seattle.client.lines import Line
from seattle.client.ownership import OwnedGroup
from seattle.client.results import Failure, Results
from seattle.client.run import Run
from seattle.client.streams import stream
from seattle.client.vessel import Vessel
from seattle.fabric.node_api import MAX_CHUNK, FileChunk, FileEntry, ResourceReport, RestartPolicy

__all__ = ["Arguments", "Progress", "Vessel", "VesselGroup"]

I = TypeVar("I")  # noqa: E741 - an input


class VesselGroup(OwnedGroup):
    """Vessels. Each method asks all of them at the same time, and tells for each what came of it."""

    def __init__(self, background: Background, vessels: AsyncVesselGroup) -> None:
        super().__init__(vessels, vessels.unreachable)
        self._background = background
        self._there = vessels

    @property
    def _owned(self) -> AsyncVesselGroup:
        return self._there

    def of(self, vessels: Sequence[Vessel]) -> Self:
        """A group of these vessels, asked in the same way."""
        return type(self)(self._background, self._there.of(vessels))

    def upload(self, path: str | Path, name: str | None = None, *, progress: Progress = no_progress) -> Results[int]:
        """Put a file into each vessel, under `name` or its own; the sizes in bytes.

        An upload that was broken off goes on where it was. `progress` is called in another thread. Raises
        NoSuchProgram if the file can't be read.
        """
        return self._background.run(self._there.upload(path, name, progress=progress))

    def put(self, content: bytes, name: str, *, progress: Progress = no_progress) -> Results[int]:
        """Put a file with this content into each vessel; the sizes in bytes. Raises TypeError for what is not bytes."""
        return self._background.run(self._there.put(content, name, progress=progress))

    def download(self, name: str, into: str | Path = ".", *, progress: Progress = no_progress) -> Results[Path]:
        """Fetch a file of each vessel to `into/NODE_VESSEL_name`; the paths."""
        return self._background.run(self._there.download(name, into, progress=progress))

    def read(self, name: str) -> Results[bytes]:
        """The content of a file of each vessel; at most 64 MiB: `download` is for larger ones."""
        return self._background.run(self._there.read(name))

    def list(self, *, digests: bool = False) -> Results[Files]:
        """The files of each vessel, with the SHA-256 of each if `digests`."""
        return self._background.run(self._there.list(digests=digests))

    def stat(self, name: str) -> Results[FileEntry]:
        """Size, time and SHA-256 of a file in each vessel."""
        return self._background.run(self._there.stat(name))

    def head(self, name: str, most: int = MAX_CHUNK) -> Results[FileChunk]:
        """The beginning of a file in each vessel, `most` bytes of it, and how large it is. `most`: 512 KiB or less."""
        return self._background.run(self._there.head(name, most))

    def delete(self, name: str) -> Results[None]:
        """Delete a file in each vessel."""
        return self._background.run(self._there.delete(name))

    def run(
        self,
        program: str | Path,
        *arguments: str | Arguments,
        layers: Sequence[str | Path] = (),
        restart: RestartPolicy | str = RestartPolicy.NEVER,
    ) -> Run:
        """Upload a program, if it is a file here, and start it; nodes start it again when it has ended, if told so.

        A text that is no file here is the name of one in the vessels. Instead of arguments there may be one
        function which returns them for each vessel. `layers`: files here, security layers beneath which it runs, the
        outermost first. Raises NoSuchProgram for a layer, or a Path, at which there is no file; BadLayers.
        """
        run = self._there.run(program, *arguments, layers=layers, restart=restart)
        return Run(self._background, self._background.run(run))

    def start(
        self,
        name: str,
        *arguments: str | Arguments,
        layers: Sequence[str | Path] = (),
        restart: RestartPolicy | str = RestartPolicy.NEVER,
    ) -> Run:
        """Start a program that is among the vessels' files.

        `layers`: as of `run`. `restart`: `never`, `on-failure` or `always`; until the program is stopped.
        """
        start = self._there.start(name, *arguments, layers=layers, restart=restart)
        return Run(self._background, self._background.run(start))

    def launch(
        self,
        program: str | Path,
        *arguments: str | Arguments,
        layers: Sequence[str | Path] = (),
        restart: RestartPolicy | str = RestartPolicy.NEVER,
        on_start: OnStart = no_start,
    ) -> Run:
        """As `run`, but return before it has started: who follows the run sees each vessel's lines at once.

        `on_start` is called, in another thread, with what came of it on each vessel, when it has started there or
        failed to. Closing the testbed gives up what has not started by then; `settled` waits.
        """
        launched = self._there.launch(program, *arguments, layers=layers, restart=restart, on_start=on_start)
        return Run(self._background, self._background.run(launched))

    def attach(self) -> Run:
        """The latest run of each vessel, whoever started it, with its log as far as it is kept."""
        return Run(self._background, self._background.run(self._there.attach()))

    def refresh(self) -> Results[Vessel]:
        """Each vessel as it is now: its state, outcome, holders. One that is no more has failed."""
        return self._background.run(self._there.refresh())

    def watch(self) -> Iterator[Vessel | Failure]:
        """News of these vessels, as they come: states, outcomes, holders; what is gone or out of reach is a Failure.

        Ends when nothing more can be heard of any.
        """

        async def begin() -> Watcher:
            return self._there.watch()

        return stream(self._background, begin)

    def map(
        self,
        program: str | Path,
        inputs: Iterable[I],
        *,
        file: str | None = None,
        tries: int = 3,
        timeout: float | None = None,
        again_after: float | None = None,
        progress: MapProgress = no_map_progress,
    ) -> Answers[I]:
        """Run a program once for each input, on whichever vessel is free; the answers, in the order of the inputs.

        An input is the program's arguments: a text, a number, or a tuple or list of those. Its answer has what the
        program wrote, and the content of `file`, if one is named, as the program left it. What fails for a reason of
        the vessel's is tried elsewhere, up to `tries` times; a program that fails by itself has answered. A run that
        takes longer than `timeout` seconds is stopped and has failed. Where vessels are idle at the end, what has run
        for `again_after` seconds is tried on a second one: the first to answer counts.

        `progress` is called, in another thread, with each answer, how many there are now, and of how many. Ctrl-C stops
        all that runs. Raises NoSuchProgram for a Path at which there is no file, TypeError for what can be no input.
        """
        asked = self._there.map(
            program,
            inputs,
            file=file,
            tries=tries,
            timeout=timeout,
            again_after=again_after,
            progress=progress,
        )
        return self._background.run(asked)

    def imap_unordered(
        self,
        program: str | Path,
        inputs: Iterable[I],
        *,
        file: str | None = None,
        tries: int = 3,
        timeout: float | None = None,
        again_after: float | None = None,
    ) -> Iterator[Answer[I]]:
        """As `map`, but an iterator: each answer when it comes. What still runs when it is closed is stopped."""

        async def begin() -> Farm[I]:
            return await self._there.imap_unordered(
                program, inputs, file=file, tries=tries, timeout=timeout, again_after=again_after
            )

        return stream(self._background, begin)

    def follow(self) -> Iterator[Line]:
        """The lines of what runs in each vessel, or ran last, from those that are kept to its end, as they come."""
        return self.attach().follow()

    def each(self) -> Iterator[Self]:
        """Each vessel as a group of its own."""
        return (self.of([vessel]) for vessel in self)

    def renew(self) -> Results[datetime]:
        """Keep each vessel for the longest time from now; until when. Raises NotEnoughCredits, SiteError."""
        return self._background.run(self._there.renew())

    def release(self) -> Results[None]:
        """Give each vessel back to the site. What runs there is stopped, and files and logs are deleted.

        Raises SiteError.
        """
        return self._background.run(self._there.release())

    def stop(self) -> Results[None]:
        """Stop what runs."""
        return self._background.run(self._there.stop())

    def reset(self) -> Results[None]:
        """Stop what runs, and delete all files and the log."""
        return self._background.run(self._there.reset())

    def logs(self) -> Results[bytes]:
        """The log of each vessel, as far as it is kept."""
        return self._background.run(self._there.logs())

    def resources(self) -> Results[ResourceReport]:
        """What each vessel may use, and does use."""
        return self._background.run(self._there.resources())
