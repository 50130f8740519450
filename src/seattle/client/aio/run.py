"""A program that runs on many vessels."""

from collections.abc import Mapping
from operator import attrgetter
from types import MappingProxyType

from seattle.client.aio.collecting import collect
from seattle.client.aio.follower import Follower, Note, no_note
from seattle.client.aio.link import Link
from seattle.client.aio.log_reader import RunPlace, wait_for_end
from seattle.client.answers import RunResult
from seattle.client.fan_out import fan_out
from seattle.client.html import table
from seattle.client.outcomes import in_words
from seattle.client.places import Place
from seattle.client.results import Failure, Results, Success
from seattle.fabric.node_api import STOP, RunOutcome, Stop


class AsyncRun:
    """One start of a program on some vessels. Vessels on which it did not start are there too, as failures.

    Attributes:
        started: for each vessel, which run of it this is.
    """

    def __init__(self, link: Link, started: Results[RunPlace]) -> None:
        self.started = started
        self._link = link
        self._ends: dict[Place, RunOutcome | Failure] = {one.vessel: one for one in started.failed}

    @property
    def outcomes(self) -> Mapping[Place, RunOutcome | Failure]:
        """How it ended, as far as is known: `follow` and `wait` learn it. What still runs is not in it."""
        return MappingProxyType(self._ends)

    def follow(self, *, on_note: Note = no_note) -> Follower:
        """The lines that the program writes, from its start to its end, on all vessels, as they come.

        `on_note` is called with what donors say meanwhile: why a program stands still, or when it will be stopped.
        """
        follower = Follower(self._link, self.started.values, self._ends.__setitem__, on_note)
        self._link.open.add(follower)
        return follower

    async def wait(self, timeout: float | None = None) -> Results[RunOutcome]:  # noqa: ASYNC109 - a value, not a raise
        """How it ended on each vessel, when it has on all or after `timeout` seconds; what still runs has failed."""
        running = [run for run in self.started.values if run.place not in self._ends]
        results = await fan_out(
            running, self._wait_for, place=attrgetter("place"), within=timeout, at_once=max(len(running), 1)
        )
        now = {one.vessel: one for one in results}
        return Results([now.get(one.vessel) or self._end_of(one.vessel) for one in self.started])

    async def results(
        self,
        file: str | None = None,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - a value, not a raise
    ) -> Results[RunResult]:
        """What came of it on each vessel, when it has ended there: how, what it wrote, and a file that it left.

        What still runs after `timeout` seconds has failed. Of what a program wrote the newest 1 MiB is kept, and a file
        is held in memory: `download` is for large ones.
        """

        async def collect_one(run: RunPlace) -> RunResult:
            result = await collect(self._link, run, file)
            self._ends[run.place] = result.outcome
            return result

        runs = self.started.values
        found = await fan_out(runs, collect_one, place=attrgetter("place"), within=timeout, at_once=max(len(runs), 1))
        now = {one.vessel: one for one in found}
        return Results([one if isinstance(one, Failure) else now[one.vessel] for one in self.started])

    async def stop(self) -> Results[None]:
        """Stop it where it still runs. What a vessel has begun to run since, runs on."""
        running = [run for run in self.started.values if run.place not in self._ends]
        return Results(await fan_out(running, self._stop, place=attrgetter("place"), within=self._link.patience.call))

    def __repr__(self) -> str:
        return f"<AsyncRun on {len(self.started)} vessels: {len(self._ends)} have ended>"

    def _repr_html_(self) -> str:
        rows = [(one.vessel, self._in_words(one.vessel)) for one in self.started]
        told = f"A run on {len(rows)} vessels, of which {len(self._ends)} are known to have ended"
        return table(told, ("vessel", "end"), rows, of=len(rows))

    def _in_words(self, place: Place) -> str:
        return in_words(self._ends[place]) if place in self._ends else ""

    async def _wait_for(self, run: RunPlace) -> RunOutcome:
        outcome = self._ends[run.place] = await wait_for_end(self._link, run)
        return outcome

    async def _stop(self, run: RunPlace) -> None:
        await self._link.ask(run.place, STOP, Stop(vessel=run.place.vessel, run=run.run))

    def _end_of(self, place: Place) -> Success[RunOutcome] | Failure:
        end = self._ends[place]
        return end if isinstance(end, Failure) else Success(place, end)
