"""A thousand nodes: one call to each of them at the same time, and looking up where one's vessels are.

The nodes are simulated (`simulator.py`), in processes beside this one, so what is measured is mostly the cryptography
of both sides: on a user's machine there is only its own half.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

from benchmarks.fabric.simulator import simulated
from benchmarks.fabric.world import world
from benchmarks.rows import Row, at_most
from benchmarks.timing import median
from seattle.client.fan_out import fan_out
from seattle.client.places import Place
from seattle.client.results import Success
from seattle.fabric import node_api as api
from seattle.fabric.advert import Advert
from seattle.fabric.directory import DirectoryClient
from seattle.fabric.rpc import NodeClient
from seattle.identity.keys import KeyPair, PublicKey

NODES = 1000
MINE = 500  # with a vessel of the user each
ROUNDS = 5


def measure() -> Iterator[Row]:
    """The rows of this file."""
    yield from asyncio.run(_measure())


async def _measure() -> list[Row]:
    user, other = KeyPair.generate(), KeyPair.generate()
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(world())
        for owner, count in ((user, MINE), (other, NODES - MINE)):
            await stack.enter_async_context(simulated(here.folder, here.server.url, count=count, owner=owner.public))
        await here.wait_for_nodes(NODES)
        fabric = await stack.enter_async_context(here.connected(user))
        directory, client = DirectoryClient(fabric), NodeClient(fabric, user)
        everyone = await directory.live()
        found = await _median(lambda: look_up(directory, user.public))
        asked = await _median(lambda: ask_all(client, everyone))
    return [
        Row(
            name=f"look-up of {MINE} vessels",
            ours=found * 1e3,
            unit="ms",
            target=at_most(100),
            note="every signature checked",
        ),
        Row(
            name=f"one call to {NODES:,} nodes",
            ours=asked,
            unit="s",
            target=at_most(1.5),
            note="both sides on this machine",
        ),
    ]


async def look_up(directory: DirectoryClient, owner: PublicKey) -> None:
    """Find one's vessels."""
    found = await directory.lookup(owner)
    if sum(len(advert.vessels[owner.id]) for advert in found) != MINE:
        raise RuntimeError(f"{len(found)} nodes were found")


async def ask_all(client: NodeClient, nodes: list[Advert]) -> None:
    """One sealed call to each node, and its reply."""

    async def ask(node: Advert) -> api.NodeDescription:
        return await client.ask(PublicKey.from_id(node.node), api.DESCRIBE, api.Describe())

    results = await fan_out(nodes, ask, place=lambda node: Place(node.node), within=30.0)
    failed = [one for one in results if not isinstance(one, Success)]
    if failed:
        raise RuntimeError(f"{len(failed)} nodes did not answer: {failed[0]}")


async def _median(work: Callable[[], Awaitable[None]]) -> float:
    """Seconds; one round before only warms up."""
    times = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        await work()
        times.append(time.perf_counter() - began)
    return median(times[1:])
