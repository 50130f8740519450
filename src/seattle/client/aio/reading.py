"""Tasks that read from many places, and the batches in which what they have read is taken."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")


class Reading(ABC, Generic[Item]):
    """Goes on until all its tasks have ended. Iterate over it; close it, or use `async with`, when you leave early."""

    def __init__(self, tasks: Sequence["asyncio.Task[None]"]) -> None:
        self._tasks = tasks
        self._closing = False
        self._news = asyncio.Event()  # set when there is something to take
        self._all = asyncio.gather(*tasks, return_exceptions=True)
        self._all.add_done_callback(lambda _: self._news.set())

    @abstractmethod
    def _take(self) -> list[Item]:
        """The next batch; empty if there is none yet."""

    @abstractmethod
    def _drop(self) -> None:
        """Forget what has not been taken."""

    async def next_batch(self) -> list[Item]:
        """At least one item; none when all has been read, or this was closed."""
        while not (batch := self._take()):
            if self._all.done():
                self._raise_mistakes()
                return []
            self._news.clear()
            await self._news.wait()
        return batch

    async def close(self) -> None:
        """Stop reading. Whoever closes it again waits for the same end."""
        if not self._closing:
            self._closing = True
            for task in self._tasks:
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._drop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    def _raise_mistakes(self) -> None:
        """What is wrong with a place was told; what is wrong with this code is raised."""
        for task in self._tasks:
            if not task.cancelled():
                task.result()


class QueuedReading(Reading[Item]):
    """Its items wait one behind the other until they are taken. Of more than `most` the oldest are forgotten."""

    def __init__(self, tasks: Sequence["asyncio.Task[None]"], *, most: int | None = None) -> None:
        self._untaken: deque[Item] = deque(maxlen=most)
        super().__init__(tasks)

    async def __anext__(self) -> Item:
        while not self._untaken:
            if not (batch := await self.next_batch()):
                raise StopAsyncIteration
            self._untaken.extend(batch)
        return self._untaken.popleft()

    def _add(self, item: Item) -> None:
        """Have it taken by whoever reads."""
        self._untaken.append(item)
        self._news.set()

    def _take(self) -> list[Item]:
        items = list(self._untaken)
        self._untaken.clear()
        return items

    def _drop(self) -> None:
        self._untaken.clear()
