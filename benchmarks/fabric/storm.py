"""Ten thousand nodes on one broker: what they cost it, and how they come back after it restarts.

The nodes are simulated (`simulator.py`). They, the broker, the directory and the user share this machine, so in the
storm most of its time goes into the nodes' own half of thousands of connects, which real nodes do on their own
computers. A user asks on meanwhile. SEATTLE_BENCH_NODES makes it another number of nodes.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

import msgspec
import psutil

from benchmarks.fabric.many import ask_all
from benchmarks.fabric.simulator import simulated
from benchmarks.fabric.world import World, world
from benchmarks.rows import Row, at_most
from seattle.fabric import node_api as api
from seattle.fabric.advert import Advert, SignedAdvert
from seattle.fabric.advert_book import AdvertBook
from seattle.fabric.directory import DirectoryClient
from seattle.fabric.errors import FabricError, NoAnswer
from seattle.fabric.rpc import NodeClient
from seattle.identity.keys import KeyPair, PublicKey

NODES = int(os.environ.get("SEATTLE_BENCH_NODES", "10000"))
TARGET = 60.0  # seconds until all are back
PATIENCE = 180.0  # seconds after which the benchmark gives up
REQUEST_PATIENCE = 60.0  # seconds that a request is tried for
RETRY = 0.5  # seconds between two tries
PACE = 0.05  # seconds between two requests of the user
LOOK = 0.5  # seconds between two looks at the directory's book


def measure() -> Iterator[Row]:
    """The rows of this file."""
    yield from asyncio.run(_measure())


async def _measure() -> list[Row]:
    user = KeyPair.generate()
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(world())
        before = _broker_memory(here)
        await stack.enter_async_context(simulated(here.folder, here.server.url, count=NODES, owner=user.public))
        await here.wait_for_nodes(NODES)
        memory = (_broker_memory(here) - before) / NODES
        fabric = await stack.enter_async_context(here.connected(user))
        began = time.perf_counter()
        nodes = await DirectoryClient(fabric).lookup(user.public)
        found = time.perf_counter() - began
        client = NodeClient(fabric, user)
        began = time.perf_counter()
        await ask_all(client, nodes)
        asked = time.perf_counter() - began
        visitor = Visitor(client, nodes)
        back = await _storm(here, visitor)
    many = f"{NODES:,} nodes"
    return [
        Row(name=f"{many}: the broker's memory for each", ours=memory / 1024, unit="KiB", target=at_most(100)),
        Row(name=f"{many}: look-up of all", ours=found, unit="s", note="every signature checked"),
        Row(name=f"{many}: one call to each", ours=asked, unit="s"),
        Row(
            name=f"{many}: all back after the broker restarts",
            ours=back,
            unit="s",
            target=at_most(TARGET),
            note="" if back < PATIENCE else "some were not back by then",
        ),
        Row(
            name=f"{many}: requests lost meanwhile",
            ours=visitor.lost,
            unit="",
            target=at_most(0),
            note=f"of {visitor.answered + visitor.lost}; tried again after: {visitor.told or 'nothing'}",
        ),
    ]


@dataclass
class Visitor:
    """A user who goes on asking while the broker restarts, and asks again when told that it can't be done now."""

    client: NodeClient
    nodes: Sequence[Advert]
    answered: int = 0
    lost: int = 0  # without an answer for `REQUEST_PATIENCE`, or silently
    refusals: Counter[str] = field(default_factory=Counter)

    @property
    def told(self) -> str:
        """What the user was told when a request had to be made again."""
        return ", ".join(f"{code} ({count})" for code, count in self.refusals.most_common())

    async def visit(self, until: asyncio.Event) -> None:
        """Ask one node after the other, without waiting for their answers, until told; then wait for the last."""
        rng = random.Random(1)
        async with asyncio.TaskGroup() as requests:
            while not until.is_set():
                requests.create_task(self._request(rng.choice(self.nodes)))
                await asyncio.sleep(PACE)

    async def _request(self, node: Advert) -> None:
        deadline = time.monotonic() + REQUEST_PATIENCE
        while time.monotonic() < deadline:
            try:
                await self.client.ask(PublicKey.from_id(node.node), api.DESCRIBE, api.Describe(), within=30.0)
            except NoAnswer:
                break
            except FabricError as why:
                self.refusals[why.code] += 1
                await asyncio.sleep(RETRY)
            else:
                self.answered += 1
                return
        self.lost += 1


async def _storm(here: World, visitor: Visitor) -> float:
    """Seconds from the moment that the broker is there again until the directory has heard from all nodes since.

    `PATIENCE` if some did not come back in that time.
    """
    calm = asyncio.Event()
    visiting = asyncio.create_task(visitor.visit(calm))
    await asyncio.sleep(2 * LOOK)
    stopped = time.time()
    await here.server.stop()
    await here.server.start()
    began = time.monotonic()
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while _heard_since(here.directory.book, stopped) < NODES:
                here.directory.news.clear()
                await here.directory.news.wait()
                await asyncio.sleep(LOOK)  # more news may come: a look takes a while
    took = time.monotonic() - began
    calm.set()
    await visiting
    return took


def _heard_since(book: AdvertBook, moment: float) -> int:
    """How many nodes have advertised since then (seconds since 1970)."""
    count, after = 0, ""
    while True:
        page = book.live(now=moment, after=after)
        for wire in page.wires:
            payload = msgspec.msgpack.decode(wire, type=SignedAdvert).payload
            count += msgspec.msgpack.decode(payload, type=Advert).issued_at > moment
        after = page.after
        if not after:
            return count


def _broker_memory(here: World) -> int:
    """Bytes."""
    assert here.server.pid is not None
    return psutil.Process(here.server.pid).memory_info().rss
