"""Waiting until orders are settled: however many wait in this process, one query every now and then looks for all.

Who waits is a coroutine that holds no connection to the database; the look is taken in one thread.
"""

import asyncio
import contextvars
from collections.abc import Collection
from typing import Final
from weakref import WeakKeyDictionary

import structlog
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connections

from seattle.clearinghouse.leases.models import Order

log = structlog.get_logger()

PAUSE: Final = 0.25  # seconds between two looks
MOST: Final = 1000  # that wait in one process; the next one gets its answer at once


class Watch:
    """Those who wait in one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[int, set[asyncio.Event]] = {}  # by order
        self.count = 0  # of those who wait
        self._looking: asyncio.Task[None] | None = None

    async def settled(self, order_id: int, seconds: float) -> None:
        """Return when the order is settled, or so many seconds have passed, or too many wait already."""
        if self.count >= MOST:
            return
        news = asyncio.Event()
        self._waiting.setdefault(order_id, set()).add(news)
        self.count += 1
        if self._looking is None:
            # In a context of its own: that of a request ends with the request, and its thread too.
            self._looking = asyncio.get_running_loop().create_task(
                self._look(), name="watch orders", context=contextvars.Context()
            )
        try:
            async with asyncio.timeout(seconds):
                await news.wait()
        except TimeoutError:
            return
        finally:
            self.count -= 1
            others = self._waiting.get(order_id, set())
            others.discard(news)
            if not others:
                self._waiting.pop(order_id, None)

    async def _look(self) -> None:
        try:
            while self._waiting:
                try:
                    over = await sync_to_async(_settled_among)(list(self._waiting))
                except DatabaseError as why:  # those who wait have bounds of their own, and it may be back before
                    log.warning("orders_not_looked_at", why=str(why))
                    over = set()
                for order_id in over:
                    for news in self._waiting.get(order_id, ()):
                        news.set()
                await asyncio.sleep(PAUSE)
        finally:
            self._looking = None


def _settled_among(order_ids: Collection[int]) -> set[int]:
    """Those of these orders that nobody works at any more."""
    try:
        working = Order.objects.filter(pk__in=order_ids, state=Order.State.WORKING)
        return {*order_ids} - {*working.values_list("pk", flat=True)}
    finally:
        _let_go()


def _let_go() -> None:
    """Leave the connection of this thread to others, unless it is in the middle of something."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


_watches: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, Watch]] = WeakKeyDictionary()


def watches() -> list[Watch]:
    """Those of all event loops of this process."""
    return list(_watches.values())


async def settled(order_id: int, seconds: float) -> None:
    """Return when the order is settled, or so many seconds have passed, or too many wait already."""
    await sync_to_async(_let_go)()  # ours is of use to others meanwhile
    await _watches.setdefault(asyncio.get_running_loop(), Watch()).settled(order_id, seconds)
