"""What is known of nodes after connections were lost and made anew."""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from seattle.fabric import subjects
from seattle.fabric.advert import Advert
from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import NatsFabric
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


async def _news(directory: Directory) -> None:
    await directory.news.wait()
    directory.news.clear()
