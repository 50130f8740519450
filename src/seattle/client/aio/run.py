"""A program that runs on many vessels."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType

from seattle.client.aio.collecting import collect
from seattle.client.aio.follower import Follower, Note, no_note
from seattle.client.aio.link import Link
from seattle.client.aio.log_reader import NO_OUTCOME, RunPlace, wait_for_end
from seattle.client.aio.starts import OnStart, Start, Starts, no_start
from seattle.client.answers import RunResult
from seattle.client.expected import expect_file_name, expect_seconds
from seattle.client.fan_out import fan_out
from seattle.client.html import table
from seattle.client.outcomes import in_words
from seattle.client.places import Place
from seattle.client.results import Failure, Results, Success
from seattle.fabric.node_api import STOP, RunOutcome, Stop


class AsyncRun:
    """One start of a program on some vessels. Vessels on which it did not start are there too, as failures.

    Attributes:
        places: its vessels, in their order.
    """

    def __init__(
        self,
        link: Link,
        places: Sequence[Place],
        begin: Callable[[Place], Awaitable[Start]],
        on_start: OnStart = no_start,
    ) -> None:
        self.places = tuple(places)
        self._link = link
        self._ends: dict[Place, RunOutcome | Failure] = {}
        self._on_start = on_start
        self._starts = Starts(self.places, begin, self._note_start)
        link.open.add(self)

    @property
    def started(self) -> Results[RunPlace]:
        """For each vessel, which run of it this is. What `launch` has not started yet is not in it: see `settled`."""
        return self._starts.known

    @property
    def outcomes(self) -> Mapping[Place, RunOutcome | Failure]:
        """How it ended, as far as is known: `follow` and `wait` learn it. What still runs is not in it."""
        return MappingProxyType(self._ends)

    async def settled(self) -> Results[RunPlace]:
        """`started`, as soon as it has started on each vessel or failed to."""
        return await self._starts.settled()

    def follow(self, *, on_note: Note = no_note, through_restarts: bool = False) -> Follower:
        """The lines that the program writes, from its start to its end, on all vessels, as they come.

        `on_note` is called with what donors say meanwhile: why a program stands still, or when it will be stopped.
        `through_restarts`: where nodes start the program again, go on until they don't any more.
        """
        places = [place for place in self.places if not isinstance(self._ends.get(place), Failure)]
        follower = Follower(
            self._link,
            places,
            self._starts.of,
            self._ends.__setitem__,
            on_note,
            through_restarts=through_restarts,
        )
        self._link.open.add(follower)
        return follower

    async def wait(self, timeout: float | None = None) -> Results[RunOutcome]:  # noqa: ASYNC109 - a value, not a raise
        """How it ended on each vessel, when it has on all or after `timeout` seconds; what still runs has failed."""
        expect_seconds(timeout, "timeout")
        running = [place for place in self.places if place not in self._ends]
        results = await fan_out(running, self._wait_for, place=_itself, within=timeout, at_once=max(len(running), 1))
        now = {one.vessel: one for one in results}
        return Results([self._end_of(place) if place in self._ends else now[place] for place in self.places])

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
        expect_seconds(timeout, "timeout")
        if file is not None:
            expect_file_name(file)

        async def collect_one(place: Place) -> Success[RunResult] | Failure:
            start = await self._starts.of(place)
            if isinstance(start, Failure):
                return start
            result = await collect(self._link, start.value, file)
            self._ends[place] = result.outcome
            return Success(place, result)

        found = await fan_out(self.places, collect_one, place=_itself, within=timeout, at_once=max(len(self.places), 1))
        return Results([one if isinstance(one, Failure) else one.value for one in found])

    async def stop(self) -> Results[None]:
        """Stop it where it still runs. What a vessel has begun to run since, runs on.

        Where it is just being started, it is stopped when it has.
        """

        async def stop_one(place: Place) -> bool:
            start = await self._starts.of(place)
            if isinstance(start, Failure):
                return False
            await self._link.ask(place, STOP, Stop(vessel=place.vessel, run=start.value.run))
            return True

        running = [place for place in self.places if place not in self._ends]
        results = await fan_out(running, stop_one, place=_itself, within=None)  # starts and calls have bounds
        asked = [one for one in results if isinstance(one, Failure) or one.value]
        return Results([one if isinstance(one, Failure) else Success(one.vessel, None) for one in asked])

    async def close(self) -> None:
        """Start it nowhere else. What has started runs on."""
        await self._starts.close()

    def __repr__(self) -> str:
        failed = self._failed()
        more = f", {failed} could not be started or followed" if failed else ""
        return f"<AsyncRun on {len(self.places)} vessels: {len(self._ends) - failed} have ended{more}>"

    def _repr_html_(self) -> str:
        rows = [(place, self._in_words(place)) for place in self.places]
        told = f"A run on {len(rows)} vessels, of which {len(self._ends) - self._failed()} are known to have ended"
        return table(told, ("vessel", "end"), rows, of=len(rows))

    def _failed(self) -> int:
        return sum(isinstance(end, Failure) for end in self._ends.values())

    def _in_words(self, place: Place) -> str:
        return in_words(self._ends[place]) if place in self._ends else ""

    def _note_start(self, start: Start) -> None:
        if isinstance(start, Failure):
            self._ends[start.vessel] = start
        self._on_start(start)

    async def _wait_for(self, place: Place) -> RunOutcome:
        start = await self._starts.of(place)
        if isinstance(start, Failure):
            return NO_OUTCOME  # it has none; the failure is among the ends
        outcome = self._ends[place] = await wait_for_end(self._link, start.value)
        return outcome

    def _end_of(self, place: Place) -> Success[RunOutcome] | Failure:
        end = self._ends[place]
        return end if isinstance(end, Failure) else Success(place, end)


def _itself(place: Place) -> Place:
    return place
