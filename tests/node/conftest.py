import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seattle.fabric import node_api as api
from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import Backoff, NatsFabric
from seattle.fabric.enrolment import enrol
from seattle.fabric.operations import Ask
from seattle.fabric.rpc import NodeClient
from seattle.fabric.server import EmbeddedServer
from seattle.fabric.transfer import upload
from seattle.identity.keys import KeyPair, PublicKey
from seattle.node.daemon import serve
from seattle.node.settings import NodeSettings, load_settings
from seattle.node.setup import set_up
from seattle.node.vesselinfo import VesselShare

PATIENCE = 20.0  # seconds, for whatever should happen at once

DONATION: dict[str, int | float] = {
    "cpu": 2.0,
    "memory": 400 * 1024 * 1024,
    "diskused": 20_000_000,
    "fileread": 50_000_000,
    "filewrite": 50_000_000,
    "lograte": 50_000_000,
    "filesopened": 100,
    "insockets": 100,
    "outsockets": 100,
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority.generate()


@pytest.fixture
async def server(authority: Authority) -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(authority) as running:
        yield running


@dataclass
class Person:
    """A user of the testbed, with a client of its own."""

    key: KeyPair
    client: NodeClient

    def asks(self, node: PublicKey, *, within: float = PATIENCE) -> Ask:
        return self.client.asking(node, within=within)


@dataclass
class Prepared:
    """A node's folder, ready for a daemon."""

    folder: Path
    public: PublicKey

    @property
    def settings_file(self) -> Path:
        return self.folder / "node.toml"

    @property
    def settings(self) -> NodeSettings:
        return load_settings(self.settings_file, {})


Prepare = Callable[..., Prepared]
Join = Callable[..., Awaitable[Person]]


@pytest.fixture
def owner() -> KeyPair:
    return KeyPair.generate()


@pytest.fixture
def user() -> KeyPair:
    return KeyPair.generate()


@pytest.fixture
def other_owner() -> KeyPair:
    return KeyPair.generate()


@pytest.fixture
def prepare(
    tmp_path: Path, authority: Authority, owner: KeyPair, user: KeyPair, other_owner: KeyPair
) -> Prepare:
    """Set a node up with two vessels: v1 of `owner` and `user`, v2 of `other_owner`."""

    def prepared(url: str, **changes: Any) -> Prepared:
        folder = tmp_path / "node"
        shares = [VesselShare(50, owner.public, (user.public,)), VesselShare(50, other_owner.public)]
        settings = NodeSettings(
            folder=Path(), fabric=[url], donation=DONATION, first_port=41000, addresses=["127.0.0.1"], log_bytes=4 * 1024 * 1024
        )
        public = set_up(folder, vessels=shares, settings=msgspec.structs.replace(settings, **changes))
        (folder / "node.jwt").write_text(
            enrol(authority, public, role=Role.NODE, now=time.time(), lifetime=timedelta(hours=1))
        )
        return Prepared(folder, public)

    return prepared


@pytest.fixture
async def join(authority: Authority, server: EmbeddedServer) -> AsyncIterator[Join]:
    """Connect a user: `await join(key)`."""
    async with AsyncExitStack() as stack:

        async def joined(key: KeyPair | None = None) -> Person:
            key = key or KeyPair.generate()

            async def fetch() -> str:
                return enrol(authority, key.public, role=Role.USER, now=time.time(), lifetime=timedelta(hours=1))

            fabric = NatsFabric([server.url], key, fetch, backoff=Backoff(first=0.02, longest=0.1))
            await stack.enter_async_context(fabric)
            return Person(key, NodeClient(fabric, key))

        yield joined


@dataclass
class Running:
    """A daemon in this process."""

    public: PublicKey
    folder: Path
    until: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    async def end(self) -> None:
        self.until.set()
        if self.task is not None:
            async with asyncio.timeout(PATIENCE):
                await self.task
            self.task = None


StartNode = Callable[[Prepared], Awaitable[Running]]


@pytest.fixture
async def start_node() -> AsyncIterator[StartNode]:
    """Run a daemon in this process: `await start_node(prepared)`; all are ended at the end."""
    running: list[Running] = []

    async def started(prepared: Prepared) -> Running:
        node = Running(prepared.public, prepared.folder)
        ready = asyncio.Event()
        node.task = asyncio.create_task(serve(prepared.settings, until=node.until, ready=ready.set))
        running.append(node)
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({waiting, node.task}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if node.task.done():
            node.task.result()
        assert ready.is_set()
        return node

    yield started
    for node in running:
        await node.end()


@pytest.fixture
async def node(prepare: Prepare, server: EmbeddedServer, start_node: StartNode) -> Running:
    """A node that serves."""
    return await start_node(prepare(server.url))


@dataclass
class Process:
    """A daemon as a process of its own."""

    prepared: Prepared
    popen: "subprocess.Popen[bytes]"
    lifeline: int  # our end: closing it ends the daemon
    log: Path

    @property
    def public(self) -> PublicKey:
        return self.prepared.public

    @property
    def pid(self) -> int:
        return self.popen.pid

    def let_go(self) -> None:
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1

    async def wait(self) -> int:
        async with asyncio.timeout(PATIENCE):
            while self.popen.poll() is None:
                await asyncio.sleep(0.02)
        return self.popen.returncode

    async def kill(self) -> None:
        self.popen.send_signal(signal.SIGKILL)
        await self.wait()


Spawn = Callable[[Prepared], Awaitable[Process]]


@pytest.fixture
async def spawn(tmp_path: Path) -> AsyncIterator[Spawn]:
    """Run `python -m seattle.node`; returns when it serves. Ended at the end."""
    started: list[Process] = []

    async def spawned(prepared: Prepared) -> Process:
        parent, lifeline = os.pipe()
        ready, told = os.pipe()
        log = tmp_path / f"daemon{len(started)}.log"
        try:
            with log.open("wb") as stderr:
                popen = subprocess.Popen(
                    [
                        *(sys.executable, "-m", "seattle.node", "--settings", str(prepared.settings_file)),
                        *("--exit-with-parent-fd", str(parent), "--ready-fd", str(told)),
                    ],
                    pass_fds=[parent, told],
                    stdin=subprocess.DEVNULL,
                    stderr=stderr,
                )
        finally:
            os.close(parent)
            os.close(told)
        process = Process(prepared, popen, lifeline, log)
        started.append(process)
        try:
            async with asyncio.timeout(PATIENCE):
                said = await asyncio.to_thread(os.read, ready, 100)
        finally:
            os.close(ready)
        assert said == b"ready\n", log.read_text()
        return process

    yield spawned
    for process in started:
        process.let_go()
        with suppress(TimeoutError):
            await process.wait()
        if process.popen.poll() is None:
            process.popen.kill()
            process.popen.wait()


# --- what tests do again and again ---------------------------------------------------------------------------------

Put = Callable[..., Awaitable[None]]
Follow = Callable[..., Awaitable[tuple[bytes, api.LogChunk]]]
RunProgram = Callable[..., Awaitable[tuple[bytes, api.LogChunk]]]
Until = Callable[..., Awaitable[None]]


@pytest.fixture
def put() -> Put:
    async def uploaded(ask: Ask, text: str | bytes, *, name: str = "program.py", vessel: str = "v1") -> None:
        content = text.encode() if isinstance(text, str) else text
        await upload(ask, vessel=vessel, name=name, content=content)

    return uploaded


@pytest.fixture
def follow() -> Follow:
    """Read the log to the end of the run: what was in it, and the last chunk."""

    async def followed(ask: Ask, *, vessel: str = "v1", offset: int | None = 0) -> tuple[bytes, api.LogChunk]:
        data = b""
        async with asyncio.timeout(3 * PATIENCE):
            while True:
                chunk = await ask(api.READ_LOG, api.ReadLog(vessel=vessel, offset=offset, wait=5.0))
                data += chunk.data
                offset = chunk.next_offset
                if chunk.ended:
                    return data, chunk

    return followed


@pytest.fixture
def run_program(put: Put, follow: Follow) -> RunProgram:
    """Upload, start, follow to the end."""

    async def ran(ask: Ask, text: str, *arguments: str, vessel: str = "v1") -> tuple[bytes, api.LogChunk]:
        await put(ask, text, vessel=vessel)
        before = await ask(api.READ_LOG, api.ReadLog(vessel=vessel, offset=2**60))
        await ask(api.START, api.Start(vessel=vessel, program="program.py", arguments=list(arguments)))
        return await follow(ask, vessel=vessel, offset=before.next_offset)

    return ran


@pytest.fixture
def until() -> Until:
    """Wait, within a bound, until something is so that tells nobody when it changes."""

    async def became(so: Callable[[], bool], *, within: float = PATIENCE) -> None:
        async with asyncio.timeout(within):
            while not so():
                await asyncio.sleep(0.02)

    return became

