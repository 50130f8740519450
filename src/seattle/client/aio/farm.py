"""Many inputs, farmed out over vessels: each vessel that is free takes the next one."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar

from seattle.client.aio.collecting import collect
from seattle.client.aio.link import Link
from seattle.client.aio.log_reader import RunPlace
from seattle.client.aio.reading import QueuedReading
from seattle.client.answers import Answer, RunResult
from seattle.client.errors import NoSuchVessel
from seattle.client.expected import argument, expect, expect_file_name, expect_seconds
from seattle.client.fan_out import attempt
from seattle.client.places import Place
from seattle.client.refusals import NO_SUCH_FILE
from seattle.client.results import Failure, Success
from seattle.client.schedule import Schedule
from seattle.client.vessel import Vessel
from seattle.fabric.errors import RemoteError
from seattle.fabric.node_api import DELETE_FILE, START, STOP, DeleteFile, Start, Stop

I = TypeVar("I")  # noqa: E741 - an input
T = TypeVar("T")
Prepare = Callable[[Vessel], Coroutine[Any, Any, Success[int] | Failure]]  # has the program in the vessel

FAILURES: Final = 2  # in a row, after which a vessel gets no more inputs
BY_ITSELF: Final = frozenset({"exited", "exception", "unsafe"})  # ends that another vessel would not change
LATE: Final = "timed-out"  # of a Failure: the program took too long, which is no fault of the vessel


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is done with each input.

    Attributes:
        program: its name in the vessels.
        file: the file whose content is wanted with the answer; it is deleted before each run.
        tries: how often an input is tried before it is given up.
        timeout: seconds that one run may take; None for as long as it likes.
        again_after: seconds after which an input that still runs may be tried on a second, idle vessel.
    """

    program: str
    file: str | None = None
    tries: int = 3
    timeout: float | None = None
    again_after: float | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what can't be meant, TypeError for what is something else."""
        if self.file is not None:
            expect_file_name(self.file)
        expect(self.tries, int, "tries is a number")
        expect_seconds(self.timeout, "timeout")
        expect_seconds(self.again_after, "again_after")
        if self.tries < 1:
            raise ValueError(f"tries={self.tries}: an input is tried once at least")


class Farm(QueuedReading[Answer[I]], Generic[I]):
    """The answers as they come, until each input has one; closed before that, all that it has started is stopped."""

    def __init__(
        self, link: Link, vessels: Sequence[Vessel], inputs: Sequence[I], job: Job, *, prepare: Prepare
    ) -> None:
        self._link = link
        self._vessels = vessels
        self._inputs = inputs
        self._arguments = [arguments_of(one) for one in inputs]  # a mistake in them is raised from here
        self._job = job
        self._prepare = prepare
        self._schedule: Schedule[Place] = Schedule(len(inputs), tries=job.tries, again_after=job.again_after)
        self._changed = asyncio.Event()  # of the schedule
        self._preparing: set[asyncio.Task[Success[int] | Failure]] = set()
        self._trying: dict[int, set[asyncio.Task[RunResult | Failure]]] = {}
        super().__init__([asyncio.create_task(self._run(), name=f"map {job.program}")])

    async def _run(self) -> None:
        for vessel in self._vessels:
            self._schedule.join(vessel.place)
        why = Failure.of(Place(""), NoSuchVessel("there is no vessel to run it on"))
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work(vessel), name=f"map on {vessel}") for vessel in self._vessels]
        for worker in workers:
            why = worker.result() or why
        for number in self._schedule.undecided:  # all vessels have left
            self._tell(number, why, why.vessel if why.vessel.node else None)

    async def _work(self, vessel: Vessel) -> Failure | None:
        """Have a vessel take inputs until all are decided; or why it can't any more."""
        place, failures = vessel.place, 0
        if self._schedule.over:  # there are no inputs
            return None
        try:
            ready = await _unless_cancelled(self._prepare(vessel), self._preparing)
            if isinstance(ready, Failure):
                return ready
            while (number := await self._next(place)) is not None:
                end = await self._try(place, number)
                if end is None:  # another vessel was first
                    continue
                self._decide(number, end, place)
                if isinstance(end, RunResult) or end.code == LATE:
                    failures = 0
                    continue
                failures += 1
                if failures >= FAILURES:
                    return end
                await asyncio.sleep(next(iter(self._link.patience.pauses), 0.0))
        finally:
            self._schedule.leave(place)
            self._changed.set()
        return None

    async def _next(self, place: Place) -> int | None:
        """The next input for a vessel, as soon as there is one; None when all are decided."""
        loop = asyncio.get_running_loop()
        while not self._schedule.over:
            if (number := self._schedule.take(place, loop.time())) is not None:
                return number
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._schedule.seconds_until_again(place, loop.time())):
                    await self._changed.wait()
        return None

    async def _try(self, place: Place, number: int) -> RunResult | Failure | None:
        """What came of an input on a vessel; None if another vessel's answer came before."""
        return await _unless_cancelled(self._compute(place, number), self._trying.setdefault(number, set()))

    async def _compute(self, place: Place, number: int) -> RunResult | Failure:
        match await attempt(place, self._run_once(place, self._arguments[number]), within=self._job.timeout):
            case Success(value=result):
                return result
            case Failure() as failure:
                return failure

    async def _run_once(self, place: Place, arguments: list[str]) -> RunResult:
        """Start the program and see it to its end; if this is broken off, it is stopped."""
        if self._job.file is not None:
            await self._delete(place, self._job.file)
        request = Start(vessel=place.vessel, program=self._job.program, arguments=arguments)
        number, ours = 0, True
        try:
            started = await self._link.ask(place, START, request)
            number = started.run
            result = await collect(self._link, RunPlace(place, number, started.log_offset), self._job.file)
            ours = False  # it has ended
        except RemoteError:
            ours = number != 0  # it was not even started
            raise
        finally:
            if ours:
                stopping = self._link.ask(place, STOP, Stop(vessel=place.vessel, run=number))
                await asyncio.shield(attempt(place, stopping, within=self._link.patience.call))
        return result

    async def _delete(self, place: Place, name: str) -> None:
        try:
            await self._link.ask(place, DELETE_FILE, DeleteFile(vessel=place.vessel, name=name))
        except RemoteError as no:
            if no.code != NO_SUCH_FILE:
                raise

    def _decide(self, number: int, end: RunResult | Failure, place: Place) -> None:
        if isinstance(end, RunResult) and end.outcome.kind in BY_ITSELF:
            decided = self._schedule.answered(number)
        else:
            decided = self._schedule.failed(number, place)
        if decided:
            self._tell(number, end, place)
            for other in self._trying.get(number, ()):
                other.cancel()
        if self._schedule.over:  # nobody waits for a vessel that has not even got the program
            for late in self._preparing:
                late.cancel()
        self._changed.set()

    def _tell(self, number: int, end: RunResult | Failure, place: Place | None) -> None:
        answer = partial(
            Answer, index=number, input=self._inputs[number], vessel=place, tries=self._schedule.tries(number)
        )
        if isinstance(end, Failure):
            self._add(answer(end=end))
        else:
            self._add(answer(end=end.outcome, output=end.output, missed=end.missed, file=end.file))


async def _unless_cancelled(work: Coroutine[Any, Any, T], tasks: "set[asyncio.Task[T]]") -> T | None:
    """What comes of `work`, which is one of these tasks meanwhile; None if somebody cancels it there."""
    task = asyncio.create_task(work)
    tasks.add(task)
    try:
        return await task
    except asyncio.CancelledError:
        if (ours := asyncio.current_task()) is not None and ours.cancelling():
            raise
        return None
    finally:
        tasks.discard(task)


def arguments_of(one: object) -> list[str]:
    """The arguments of a program that mean this input: a sequence has one for each of its items."""
    match one:
        case bytes() | bytearray():
            raise TypeError("an input becomes arguments of the program, which are texts: decode it, or upload a file")
        case str() | int() | float():
            return [str(one)]
        case list() | tuple():
            return [argument(item) for item in one]
        case _:
            raise TypeError(f"an input is a text, a number, or a list or tuple of those; not {type(one).__name__}")
