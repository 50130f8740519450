"""A signed and sealed call to one real node over the broker, beside nats-py's own request and reply.

Each call signs and seals a request, has the node open it, check it and remember it on disk, and the reply signed,
sealed, opened and checked in turn. Caller, broker and node are processes of their own; the caller's is this one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from benchmarks.fabric import raw
from benchmarks.node.testbed import testbed
from benchmarks.rows import Row, at_least, at_most
from benchmarks.timing import median, percentile
from seattle.fabric import node_api as api
from seattle.fabric import subjects
from seattle.fabric.authority import Authority, Role

CALLS = 300
BODY = bytes(64)
AT_ONCE = 32
SUSTAINED = 3.0  # seconds: no more than come to the calls that a caller may make at once
PEER = "nats-py, nothing sealed"

Call = Callable[[], Awaitable[object]]


def measure() -> Iterator[Row]:
    """The rows of this file."""
    yield from asyncio.run(_measure())


async def _measure() -> list[Row]:
    async with testbed(nodes=1, vessels=1) as bed, raw.echo(bed.authority, bed.url) as echoing:
        ask = bed.asking(0)
        client, own = await raw.connect(Authority.load(bed.authority), bed.url, Role.USER, answerer=echoing)

        async def ours() -> object:
            return await ask(api.GET_VESSELS, api.GetVessels())

        async def theirs() -> object:
            return await client.request(subjects.node_call(echoing, own), BODY, timeout=10)

        times, peers = await _by_turns(ours, theirs)
        rate, peer_rate = await _rate(ours), await _rate(theirs)
        await client.close()
    return [
        Row(
            name="sealed call, p50",
            ours=median(times) * 1e3,
            peer=median(peers) * 1e3,
            unit="ms",
            target=at_most(3),
            peer_name=PEER,
        ),
        Row(name="sealed call, p99", ours=percentile(times, 99) * 1e3, peer=percentile(peers, 99) * 1e3, unit="ms"),
        Row(
            name="sealed calls to one node",
            ours=rate,
            peer=peer_rate,
            unit="/s",
            target=at_least(800),
            note=f"{AT_ONCE} of its owner under way at once",
            peer_name=PEER,
        ),
    ]


async def _by_turns(*calls: Call) -> list[list[float]]:
    """Seconds of each call; a tenth more before only warm up."""
    rounds = [[await _timed(call) for call in calls] for _ in range(CALLS + CALLS // 10)]
    return [list(column) for column in zip(*rounds[CALLS // 10 :], strict=True)]


async def _timed(call: Call) -> float:
    began = time.perf_counter()
    await call()
    return time.perf_counter() - began


async def _rate(call: Call) -> float:
    """Calls a second, with some under way at once."""
    began = time.perf_counter()
    count = 0

    async def keep_calling() -> None:
        nonlocal count
        while time.perf_counter() < began + SUSTAINED:
            await call()
            count += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(keep_calling())
    return count / (time.perf_counter() - began)
