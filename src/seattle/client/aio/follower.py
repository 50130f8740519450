"""Lines of many vessels as one stream, as they come."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from seattle.client.aio.link import Link
from seattle.client.aio.log_reader import NO_OUTCOME, RunPlace, read_pieces
from seattle.client.fan_out import attempt
from seattle.client.lines import Line, LineMaker
from seattle.client.places import Place
from seattle.client.results import Failure, Success
from seattle.fabric.node_api import RunOutcome

Record = Callable[[Place, RunOutcome | Failure], None]
Note = Callable[[Place, str], None]  # told what a donor says meanwhile: why nothing happens, or when it will end


def no_note(_place: Place, _text: str) -> None:
    """Tell nobody."""


class Follower:
    """Follows runs until all have ended. Iterate over it; close it, or use `async with`, when you leave early.

    Each vessel is read by a task of its own, which reads on when its last lines were taken: so a slow vessel
    delays no other, and a slow reader makes no memory grow.
    """

    def __init__(self, link: Link, runs: Sequence[RunPlace], record: Record, note: Note = no_note) -> None:
        self._link = link
        self._record = record
        self._note = note
        self._batches: deque[tuple[list[Line], asyncio.Event]] = deque()
        self._news = asyncio.Event()
        self._tasks = [asyncio.create_task(self._follow(run), name=f"follow {run.place}") for run in runs]
        self._all = asyncio.gather(*self._tasks, return_exceptions=True)
        self._all.add_done_callback(lambda _: self._news.set())
        self._left: list[Line] = []  # of the batch that is being iterated over, last first

    async def next_batch(self) -> list[Line]:
        """The next lines, at least one; empty when all runs have ended, or this was closed."""
        while not self._batches:
            if self._all.done():
                self._raise_mistakes()
                return []
            self._news.clear()
            await self._news.wait()
        lines, taken = self._batches.popleft()
        taken.set()
        return lines

    async def close(self) -> None:
        """Stop following. What runs, runs on."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._batches.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Line:
        if not self._left:
            self._left = (await self.next_batch())[::-1]
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()

    def _raise_mistakes(self) -> None:
        """What is wrong with a vessel was recorded; what is wrong with this code is raised."""
        for task in self._tasks:
            if not task.cancelled():
                task.result()

    async def _follow(self, run: RunPlace) -> None:
        maker = LineMaker(run.place, run.log_offset)
        match await attempt(run.place, self._read(run, maker)):
            case Success(value=end) | (Failure() as end):
                await self._hand_over(maker.finish())
                self._record(run.place, end)

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
