"""What is read in the background, iterated over without `async`."""

from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from seattle.client.aio.reading import Reading
from seattle.client.background import Background

Item = TypeVar("Item")


def stream(background: Background, begin: Callable[[], Awaitable[Reading[Item]]]) -> Iterator[Item]:
    """What a reading gives, from its begin until it has ended; it is closed when the iterator is.

    `begin` is called in the background: the tasks of a reading belong to the loop there.
    """

    async def begun() -> Reading[Item]:
        return await begin()

    reading = background.run(begun())
    try:
        while batch := background.run(reading.next_batch()):
            yield from batch
    finally:
        background.clean_up(reading.close())
