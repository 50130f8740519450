"""Thousands of nodes in a few processes: all that the fabric sees of a node, and nothing behind it.

Each node has a key and a credential of its own, a connection of its own, signs its adverts and answers sealed calls, by
the code of real ones. There is no vessel behind it: it answers what a node with one fresh vessel would.

    python -m benchmarks.fabric.simulator AUTHORITY URL COUNT OWNER

is such a process. It writes a line when all its nodes serve, and ends when its standard input does.
"""

import asyncio
import gc
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from seattle.fabric import node_api as api
from seattle.fabric.advert import Advert
from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import Backoff, NatsFabric
from seattle.fabric.directory import Advertiser
from seattle.fabric.enrolment import enrol
from seattle.fabric.errors import FabricError, RemoteError
from seattle.fabric.operations import encode
from seattle.fabric.rpc import NodeServer
from seattle.identity.envelope import Request
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.nonces import NonceCache
from seattle.node.daemon import COMEBACK, CONNECT_AGAIN

VESSEL = "v1"
BY_PROCESS = 2500  # nodes; more than some thousands, and one event loop is what is measured
CONNECTING = 50  # nodes of a process that connect at the same time when it starts
PATIENCE = 300.0  # seconds


@dataclass(frozen=True)
class LightNode:
    """A node with one fresh vessel."""

    key: KeyPair
    owner: PublicKey
    authority: Authority
    url: str

    async def credential(self) -> str:
        """Enrolled anew each time."""
        return enrol(self.authority, self.key.public, role=Role.NODE, now=time.time(), lifetime=timedelta(hours=12))

    async def start(self, stack: AsyncExitStack) -> Advertiser:
        """Connect and serve, until `stack` is closed."""
        fabric = NatsFabric(
            [self.url], self.key, self.credential, name="node", patience=PATIENCE, backoff=Backoff(first=COMEBACK)
        )
        await stack.enter_async_context(fabric)
        await _persist(NodeServer(fabric, self.key, NonceCache(None), self.answer).start)
        return Advertiser(fabric, self.key, self.describe)

    def describe(self) -> Advert:
        """What it advertises."""
        return Advert(
            node=self.key.id,
            issued_at=0.0,
            version="simulated",
            vessels={self.owner.id: [VESSEL]},
            addresses=["192.0.2.1"],
            resources={"cpu": 0.1, "memory": 1e8, "diskused": 1e9, "netsend": 1e5, "netrecv": 1e5},
        )

    async def answer(self, request: Request) -> bytes:
        """What it answers: to anybody what it is, to its owner what it has."""
        vessels = [api.VesselSummary(name=VESSEL, owner=self.owner.id)] if request.caller == self.owner else []
        if request.method == api.DESCRIBE.method:
            return encode(api.NodeDescription(node=self.key.id, version="simulated", vessels=vessels))
        if request.method == api.GET_VESSELS.method:
            return encode(api.VesselList(vessels=vessels))
        raise RemoteError("unknown-method", "this node is simulated")


@asynccontextmanager
async def simulated(folder: Path, url: str, *, count: int, owner: PublicKey) -> AsyncIterator[list[int]]:
    """So many nodes, in as few processes as are good; their ids. `folder` has the authority."""
    async with AsyncExitStack() as stack:
        processes = []
        while count > 0:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.fabric.simulator"),
                *(str(folder), url, str(min(count, BY_PROCESS)), owner.id),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            stack.push_async_callback(_end, process)
            processes.append(process)
            count -= BY_PROCESS
        for process in processes:
            assert process.stdout is not None
            async with asyncio.timeout(PATIENCE):
                if await process.stdout.readline() != b"ready\n":
                    raise RuntimeError("the simulated nodes did not start")
        yield [process.pid for process in processes]


def allow_many_files() -> int:
    """Raise the limit of open files as far as this process may; the limit."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


async def _persist(what: Callable[[], Awaitable[object]]) -> None:
    """Do it until it works, as the daemon of a real node does."""
    while True:
        try:
            await what()
        except FabricError:
            await asyncio.sleep(CONNECT_AGAIN)
        else:
            return


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def _be_nodes(authority: Authority, url: str, count: int, owner: PublicKey) -> None:
    turns = asyncio.Semaphore(CONNECTING)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:

        async def start() -> None:
            async with turns:
                advertiser = await LightNode(KeyPair.generate(), owner, authority, url).start(stack)
            group.create_task(_persist(advertiser.run))

        async with asyncio.TaskGroup() as starting:
            for _ in range(count):
                starting.create_task(start())
        gc.freeze()  # real nodes have a process each, and no garbage of thousands to go through
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        os._exit(0)  # nothing to save, and thousands of farewells take their time


def main(words: list[str]) -> None:
    """Be nodes until standard input ends."""
    folder, url, count, owner = words
    allow_many_files()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    asyncio.run(_be_nodes(Authority.load(Path(folder)), url, int(count), PublicKey.from_id(owner)))


if __name__ == "__main__":
    main(sys.argv[1:])
