"""Who stops serving answers what was on its way: to another connection, or for good."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import pytest
from tests.fabric.hostile_broker import Frame, Line, honest, hostile_broker

from seattle.fabric import subjects
from seattle.fabric.authority import Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.server import EmbeddedServer
from seattle.fabric.session import Message

pytestmark = pytest.mark.anyio
BOUND = 20  # seconds; far more than anything here takes
PONG_COMES = 0.3  # seconds; it takes a thousandth of that


async def echo(message: Message) -> bytes:
    return b"echo " + message.body


async def test_given_a_broker_that_has_not_heard_that_serving_stops_when_a_call_comes_then_it_is_served(
    join: Callable[..., Awaitable[NatsFabric]], server: EmbeddedServer
) -> None:
    on_its_way: list[tuple[Line, Frame]] = []
    stopped_here, delivered = asyncio.Event(), asyncio.Event()

    def hold_from_unsub_on(line: Line, frame: Frame) -> Iterable[Frame]:
        if frame.verb == b"UNSUB" or on_its_way:
            on_its_way.append((line, frame))
            stopped_here.set()
            return []
        return [frame]

    def notice_the_call(_line: Line, frame: Frame) -> Iterable[Frame]:
        if frame.payload == b"late":
            delivered.set()
        return [frame]

    async with hostile_broker(server.port) as broker:
        node, user = await join(Role.NODE, url=broker.url), await join(Role.USER)
        serving = await node.serve(subjects.node_calls(node.id), echo)
        broker.from_client, broker.from_server = hold_from_unsub_on, notice_the_call
        stopping = asyncio.create_task(serving.stop())
        await asyncio.wait_for(stopped_here.wait(), BOUND)
        await asyncio.wait({stopping}, timeout=PONG_COMES)
        call = asyncio.create_task(user.call(subjects.node_call(node.id, user.id), b"late", within=BOUND))
        await asyncio.wait_for(delivered.wait(), BOUND)
        broker.from_client = honest
        for line, frame in on_its_way:
            line.to_server(frame)
        assert await call == b"echo late"
        await asyncio.wait_for(stopping, BOUND)
