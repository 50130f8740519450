"""A program that is kept running on a number of vessels, whatever becomes of them; without `async`."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from seattle.client.aio.deployment import AsyncDeployment, Event
from seattle.client.background import Background


class Deployment:
    """Keeps a program running until it is closed; see `AsyncDeployment`. Use it with `with`."""

    def __init__(self, background: Background, deployment: AsyncDeployment) -> None:
        self._background = background
        self._there = deployment

    @property
    def name(self) -> str:
        """Of the deployment, and of the group of its vessels."""
        return self._there.name

    def take_down(self) -> None:
        """Close it, and give back all its vessels. Raises SiteError."""
        self._background.run(self._there.take_down())

    def close(self) -> None:
        """Keep it no longer. What runs, runs on, and its vessels stay in its group."""
        self._background.clean_up(self._there.close())

    def __iter__(self) -> Iterator[Event]:
        """What happens, as it does, until this is closed. Leaving the loop closes nothing."""
        return self

    def __next__(self) -> Event:
        event = self._background.run(self._next())
        if event is None:
            raise StopIteration
        return event

    async def _next(self) -> Event | None:
        return await anext(self._there, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
