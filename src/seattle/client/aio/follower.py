"""Lines of many vessels as one stream, as they come."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from seattle.client.aio.link import Link
from seattle.client.aio.log_reader import NO_OUTCOME, RunPlace, read_pieces, run_after
from seattle.client.aio.reading import Reading
from seattle.client.aio.starts import Start
from seattle.client.fan_out import attempt
from seattle.client.lines import Line, LineMaker
from seattle.client.places import Place
from seattle.client.results import Failure, Success
from seattle.fabric.node_api import RunOutcome

Record = Callable[[Place, RunOutcome | Failure], None]
Note = Callable[[Place, str], None]  # told what a donor says meanwhile: why nothing happens, or when it will end


def no_note(_place: Place, _text: str) -> None:
    """Tell nobody."""


class Follower(Reading[Line]):
    """Follows runs until all have ended; closed before that, it leaves them running.

    Each vessel is read by a task of its own, from when `start_of` tells that it has started there. The task reads on
    when its last lines were taken: so a slow vessel delays no other, and a slow reader makes no memory grow.

    `through_restarts`: where the node starts the program again, go on with that run.
    """

    def __init__(
        self,
        link: Link,
        places: Sequence[Place],
        start_of: Callable[[Place], Awaitable[Start]],
        record: Record,
        note: Note = no_note,
        *,
        through_restarts: bool = False,
    ) -> None:
        self._link = link
        self._record = record
        self._note = note
        self._through_restarts = through_restarts
        self._batches: deque[tuple[list[Line], asyncio.Event]] = deque()
        self._left: list[Line] = []  # of the batch that is being iterated over, last first
        self._start_of = start_of
        super().__init__([asyncio.create_task(self._follow(place), name=f"follow {place}") for place in places])

    async def __anext__(self) -> Line:
        if not self._left:
            self._left = (await self.next_batch())[::-1]
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()

    def _take(self) -> list[Line]:
        if not self._batches:
            return []
        lines, taken = self._batches.popleft()
        taken.set()
        return lines

    def _drop(self) -> None:
        self._batches.clear()

    async def _follow(self, place: Place) -> None:
        match await self._start_of(place):
            case Success(value=run):
                await self._follow_run(run)
            case Failure() as failure:
                self._record(place, failure)

    async def _follow_run(self, run: RunPlace) -> None:
        following: RunPlace | None = run
        while following is not None:
            run, following = following, None
            maker = LineMaker(run.place, run.log_offset)
            end = await attempt(run.place, self._read(run, maker))
            await self._hand_over(maker.finish())
            if self._through_restarts and not isinstance(end, Failure):
                after = await attempt(run.place, run_after(self._link, run))
                if isinstance(after, Failure):
                    end = after
                else:
                    following = after.value
        self._record(run.place, end if isinstance(end, Failure) else end.value)

    async def _read(self, run: RunPlace, maker: LineMaker) -> RunOutcome:
        outcome, noted = None, ""
        async for piece in read_pieces(self._link, run):
            said = piece.holding_back or piece.notice
            if said and said != noted:
                self._note(run.place, said)
            noted = said
            await self._hand_over(maker.feed(piece.offset, piece.data))
            outcome = piece.outcome
        return outcome or NO_OUTCOME

    async def _hand_over(self, lines: list[Line]) -> None:
        if not lines:
            return
        taken = asyncio.Event()
        self._batches.append((lines, taken))
        self._news.set()
        await taken.wait()
