"""A program that runs on many vessels."""

from collections.abc import Iterator, Mapping

from seattle.client.aio.follower import Follower, Note, no_note
from seattle.client.aio.log_reader import RunPlace
from seattle.client.aio.run import AsyncRun
from seattle.client.answers import RunResult
from seattle.client.background import Background
from seattle.client.lines import Line
from seattle.client.places import Place
from seattle.client.results import Failure, Results
from seattle.client.streams import stream
from seattle.fabric.node_api import RunOutcome


class Run:
    """One start of a program on some vessels; see `AsyncRun`."""

    def __init__(self, background: Background, run: AsyncRun) -> None:
        self._background = background
        self._run = run

    @property
    def places(self) -> tuple[Place, ...]:
        """Its vessels, in their order."""
        return self._run.places

    @property
    def started(self) -> Results[RunPlace]:
        """For each vessel, which run of it this is. What `launch` has not started yet is not in it: see `settled`."""
        return self._run.started

    @property
    def outcomes(self) -> Mapping[Place, RunOutcome | Failure]:
        """How it ended, as far as is known: `follow` and `wait` learn it. What still runs is not in it."""
        return self._run.outcomes

    def settled(self) -> Results[RunPlace]:
        """`started`, as soon as it has started on each vessel or failed to."""
        return self._background.run(self._run.settled())

    def follow(self, *, on_note: Note = no_note, through_restarts: bool = False) -> Iterator[Line]:
        """The lines that the program writes, from its start to its end, on all vessels, as they come.

        `on_note` is called, in another thread, with what donors say meanwhile. `through_restarts`: where nodes start
        the program again, go on until they don't any more.
        """

        async def begin() -> Follower:
            return self._run.follow(on_note=on_note, through_restarts=through_restarts)

        return stream(self._background, begin)

    def results(self, file: str | None = None, *, timeout: float | None = None) -> Results[RunResult]:
        """What came of it on each vessel, when it has ended there: how, what it wrote, and a file that it left.

        What still runs after `timeout` seconds has failed.
        """
        return self._background.run(self._run.results(file, timeout=timeout))

    def wait(self, timeout: float | None = None) -> Results[RunOutcome]:
        """How it ended on each vessel, when it has on all or after `timeout` seconds; what still runs has failed."""
        return self._background.run(self._run.wait(timeout))

    def stop(self) -> Results[None]:
        """Stop it where it still runs."""
        return self._background.run(self._run.stop())

    def close(self) -> None:
        """Start it nowhere else. What has started runs on."""
        self._background.run(self._run.close())

    def __repr__(self) -> str:
        return repr(self._run).replace("AsyncRun", "Run", 1)

    def _repr_html_(self) -> str:
        return self._run._repr_html_()
