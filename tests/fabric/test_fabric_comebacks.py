"""What is known of nodes after connections were lost and made anew."""

import asyncio
import functools
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from tests.fabric.hostile_broker import Frame, Line, hostile_broker

from seattle.fabric import subjects
from seattle.fabric.advert import Advert
from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import Backoff, NatsFabric
from seattle.fabric.directory import Advertiser, Directory
from seattle.fabric.enrolment import enrol
from seattle.fabric.server import EmbeddedServer
from seattle.fabric.session import Message
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[NatsFabric]]
PATIENCE = 20.0  # seconds


async def test_given_a_connect_when_it_is_made_then_listeners_hear_how_the_broker_sees_us(
    server: EmbeddedServer, join: Join
) -> None:
    fabric = await join(Role.NODE)
    heard: asyncio.Queue[str] = asyncio.Queue()
    fabric.on_connect(heard.put_nowait)
    await server.stop()
    await server.start()
    async with asyncio.timeout(PATIENCE):
        assert await heard.get() == "127.0.0.1"


async def test_given_a_node_when_it_has_a_new_connection_then_it_advertises_at_once(
    server: EmbeddedServer, join: Join
) -> None:
    key, directory = KeyPair.generate(), Directory(await join(Role.SERVICE))
    await directory.start()
    keeping = asyncio.create_task(directory.keep())
    node = await join(Role.NODE, key)
    advertiser = Advertiser(node, key, functools.partial(Advert, node=key.id, issued_at=0.0), every=3600)
    advertising = asyncio.create_task(advertiser.run())
    async with asyncio.timeout(PATIENCE):
        await _news(directory)
        await server.stop()
        await server.start()
        await _news(directory)  # the next regular one is an hour away
    advertising.cancel()
    keeping.cancel()


async def test_given_a_directory_when_it_has_a_new_connection_then_it_asks_all_nodes_for_what_it_missed(
    authority: Authority, join: Join
) -> None:
    key, asked = KeyPair.generate(), asyncio.Event()

    async def fetch() -> str:  # so short-lived that there is soon another connection
        return enrol(authority, key.public, role=Role.SERVICE, now=time.time(), lifetime=timedelta(seconds=2))

    directory = Directory(await join(Role.SERVICE, key, fetch=fetch))
    await directory.start()

    async def hear(_: Message) -> None:
        asked.set()

    await (await join(Role.NODE)).subscribe(subjects.READVERTISE, hear)
    keeping = asyncio.create_task(directory.keep())
    async with asyncio.timeout(PATIENCE):
        await asked.wait()
    keeping.cancel()


@pytest.mark.parametrize("first", [0.2, 4.0])
def test_given_a_thousand_that_lost_their_broker_when_they_pause_then_they_come_spread_over_all_of_the_pause(
    first: float,
) -> None:
    backoff, rng = Backoff(first=first, longest=30.0), random.Random(1)
    for attempt in range(20):
        whole = min(30.0, first * 2**attempt)
        pauses = sorted(backoff.pause(attempt, rng) for _ in range(1000))
        assert 0 < pauses[0] < 0.1 * whole
        assert 0.95 * whole < pauses[-1] <= whole
        assert max(later - earlier for earlier, later in pairwise(pauses)) < 0.02 * whole


async def test_given_a_broker_too_busy_to_hear_who_we_are_when_a_node_begins_then_it_tries_again_until_it_is_heard(
    server: EmbeddedServer, join: Join
) -> None:
    turned_away = 0

    def turn_away(_: Line, frame: Frame) -> list[Frame]:
        nonlocal turned_away
        if frame.verb == b"PONG" and turned_away < 3:
            turned_away += 1
            return [Frame(b"-ERR 'Authentication Timeout'")]
        return [frame]

    async with hostile_broker(server.port) as broker:
        broker.from_server = turn_away
        await join(Role.NODE, url=broker.url)
    assert turned_away == 3


async def _news(directory: Directory) -> None:
    await directory.news.wait()
    directory.news.clear()
