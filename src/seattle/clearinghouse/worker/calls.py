"""Hearing that there is work, from PostgreSQL's NOTIFY; and how often to look while nothing can be heard."""

import asyncio
import math
import secrets
from contextlib import suppress
from typing import Any, Final

import psycopg
import structlog
from django.db import connection
from psycopg import sql

from seattle.clearinghouse.fleet.calling import CHANNEL

PROVE_EVERY: Final = 20.0  # seconds after which it is tried whether calls still reach us
PATIENCE: Final = 10.0  # seconds for whatever the server has to do
AFTER_TROUBLE: Final = 2.0  # seconds until the connection is made anew
TOGETHER: Final = 0.05  # seconds in which calls count as one: a busy site must not have us look all the time

log = structlog.get_logger()


class Deaf(Exception):  # noqa: N818 - a state
    """Our own call did not reach us: something between us and the server, such as a pooler, keeps them."""


class Calls:
    """Calls to do work, and the wait for the next.

    Args:
        often: seconds between looks while no call can be heard.
        seldom: the same while calls are heard, for what falls due by the clock.
    """

    def __init__(self, *, often: float, seldom: float) -> None:
        self._often = often
        self._seldom = max(often, seldom)
        self._called = asyncio.Event()
        self.heard = False  # whether calls reach us

    def call(self) -> None:
        """There may be work."""
        self._called.set()

    async def wait(self, at_most: float = math.inf) -> None:
        """Return when it is time for the next look; after `at_most` seconds if that is sooner."""
        await asyncio.sleep(min(TOGETHER, self._often))
        with suppress(TimeoutError):
            async with asyncio.timeout(min(at_most, self._seldom if self.heard else self._often)):
                await self._called.wait()
        self._called.clear()

    async def listen(self) -> None:
        """Hear calls for as long as this task lives, over a connection of its own, which is made anew when it is lost.

        Ends at once where the database can't call.
        """
        if connection.vendor != "postgresql":
            return
        where = _where()
        while True:
            try:
                await self._listen(where)
            except (psycopg.Error, OSError, TimeoutError, Deaf) as why:
                log.warning("calls_not_heard", error=str(why) or type(why).__name__)
            finally:
                self.heard = False
                self.call()  # who waits for long would not notice
            await asyncio.sleep(AFTER_TROUBLE)

    async def _listen(self, where: dict[str, Any]) -> None:
        own = f"{CHANNEL}_{secrets.token_hex(8)}"
        async with asyncio.timeout(PATIENCE):
            line = await psycopg.AsyncConnection.connect(**where, autocommit=True)
        async with line:
            for channel in (CHANNEL, own):
                async with asyncio.timeout(PATIENCE):
                    await line.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            while True:
                async with asyncio.timeout(PATIENCE):
                    await line.execute(sql.SQL("NOTIFY {}").format(sql.Identifier(own)))
                await self._hear(line, own)

    async def _hear(self, line: "psycopg.AsyncConnection[Any]", own: str) -> None:
        """Hear calls until it is time to prove again that they reach us. Raises Deaf if this time they did not."""
        proved = False
        async for note in line.notifies(timeout=PROVE_EVERY):
            if note.channel == own:
                self.heard = proved = True
            self.call()
        if not proved:
            raise Deaf("PostgreSQL's notifications do not reach us; is there a pooler that keeps them?")


def _where() -> dict[str, Any]:
    """The database, as Django connects to it."""
    given = connection.get_connection_params()
    return {name: value for name, value in given.items() if name not in ("context", "cursor_factory")}
