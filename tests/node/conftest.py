import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
import structlog

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

OWN_DISK = Path(__file__).with_name("own_disk.py")

DONATION: dict[str, int | float] = {
    "cpu": 2.0,
    "memory": 400 * 1024 * 1024,
    "diskused": 20_000_000,
    "fileread": 50_000_000,
    "filewrite": 50_000_000,
    "lograte": 50_000_000,
    "loopsend": 50_000_000,
    "looprecv": 50_000_000,
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
class Hands:
    """What one person does with one vessel of one node."""

    ask: Ask
    vessel: str

    async def put(self, content: str | bytes, *, name: str = "program.py") -> None:
        data = content.encode() if isinstance(content, str) else content
        await upload(self.ask, vessel=self.vessel, name=name, content=data)

    async def start(self, text: str, *arguments: str) -> api.RunStarted:
        await self.put(text)
        return await self.start_again(*arguments)

    async def start_again(
        self, *arguments: str, program: str = "program.py", restart: api.RestartPolicy = api.RestartPolicy.NEVER
    ) -> api.RunStarted:
        request = api.Start(vessel=self.vessel, program=program, arguments=list(arguments), restart=restart)
        return await self.ask(api.START, request)

    async def stop(self) -> None:
        await self.ask(api.STOP, api.Stop(vessel=self.vessel))

    async def reset(self) -> None:
        await self.ask(api.RESET, api.Reset(vessel=self.vessel))

    async def log(self, offset: int | None = None, *, wait: float = 0.0) -> api.LogChunk:
        return await self.ask(api.READ_LOG, api.ReadLog(vessel=self.vessel, offset=offset, wait=wait))

    async def follow(self, offset: int | None = 0) -> tuple[bytes, api.LogChunk]:
        """Read the log to the end of the run: what was in it, and the last chunk."""
        data = b""
        async with asyncio.timeout(3 * PATIENCE):
            while True:
                chunk = await self.log(offset, wait=5.0)
                data += chunk.data
                offset = chunk.next_offset
                if chunk.ended:
                    return data, chunk

    async def until_it_says(self, words: bytes) -> None:
        """Wait until this is in the log."""
        data, offset = b"", 0
        async with asyncio.timeout(PATIENCE):
            while words not in data:
                chunk = await self.log(offset, wait=5.0)
                assert not chunk.ended or words in data + chunk.data, chunk
                data += chunk.data
                offset = chunk.next_offset

    async def run(self, text: str, *arguments: str) -> tuple[bytes, api.LogChunk]:
        """Upload, start, follow to the end."""
        started = await self.start(text, *arguments)
        return await self.follow(started.log_offset)

    async def summary(self) -> api.VesselSummary:
        vessels = (await self.ask(api.GET_VESSELS, api.GetVessels())).vessels
        return next(vessel for vessel in vessels if vessel.name == self.vessel)

    async def files(self) -> dict[str, int]:
        listed = await self.ask(api.LIST_FILES, api.ListFiles(vessel=self.vessel))
        return {entry.name: entry.size for entry in listed.files}

    async def usage(self) -> api.ResourceReport:
        return await self.ask(api.GET_RESOURCES, api.GetResources(vessel=self.vessel))


@dataclass
class Person:
    """A user of the testbed, with a client of its own."""

    key: KeyPair
    client: NodeClient
    fabric: NatsFabric

    def at(self, node: PublicKey, *, vessel: str = "v1", within: float = PATIENCE) -> Hands:
        return Hands(self.client.asking(node, within=within), vessel)


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
def donation() -> dict[str, int | float]:
    return DONATION


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
def prepare(tmp_path: Path, authority: Authority, owner: KeyPair, user: KeyPair, other_owner: KeyPair) -> Prepare:
    """Set a node up with two vessels: v1 of `owner` and `user`, v2 of `other_owner`."""

    def prepared(url: str, **changes: Any) -> Prepared:
        folder = tmp_path / "node"
        shares = [VesselShare(50, owner.public, (user.public,)), VesselShare(50, other_owner.public)]
        settings = NodeSettings(
            folder=Path(),
            fabric=[url],
            donation=DONATION,
            first_port=11000,  # below the range from which the kernel picks for itself
            addresses=["127.0.0.1"],
            log_bytes=4 * 1024 * 1024,
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
            return Person(key, NodeClient(fabric, key), fabric)

        yield joined


@pytest.fixture
async def join_service(
    authority: Authority, server: EmbeddedServer
) -> AsyncIterator[Callable[[], Awaitable[NatsFabric]]]:
    """Connect a service."""
    async with AsyncExitStack() as stack:

        async def joined() -> NatsFabric:
            key = KeyPair.generate()

            async def fetch() -> str:
                return enrol(authority, key.public, role=Role.SERVICE, now=time.time(), lifetime=timedelta(hours=1))

            return await stack.enter_async_context(NatsFabric([server.url], key, fetch))

        yield joined


Event = MutableMapping[str, Any]


class Recorder:
    """Keeps what is logged in this process."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        self.events.append(dict(event))
        return event


@pytest.fixture
def logged() -> Iterator[list[Event]]:
    """What has been logged in this process since the test began."""
    recorder, before = Recorder(), structlog.get_config()
    structlog.configure(processors=[recorder, *before["processors"]])
    yield recorder.events
    structlog.configure(**before)


@dataclass
class Running:
    """A daemon in this process."""

    public: PublicKey
    folder: Path
    logged: list[Event]
    until: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    def guest(self) -> int:
        """Process id of the program that was started last."""
        return int(_last(self.logged, "run_started")["guest"])

    def nursery(self) -> int:
        return int(_last(self.logged, "nursery_started")["pid"])

    async def end(self) -> None:
        self.until.set()
        if self.task is not None:
            async with asyncio.timeout(PATIENCE):
                await self.task
            self.task = None


StartNode = Callable[[Prepared], Awaitable[Running]]


@pytest.fixture
async def start_node(logged: list[Event]) -> AsyncIterator[StartNode]:
    """Run a daemon in this process: `await start_node(prepared)`; all are ended at the end."""
    running: list[Running] = []

    async def started(prepared: Prepared) -> Running:
        node = Running(prepared.public, prepared.folder, logged)
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
    ready: int  # says when it serves

    async def wait_until_ready(self) -> None:
        async with asyncio.timeout(PATIENCE):
            said = await asyncio.to_thread(os.read, self.ready, 6)
        assert said == b"ready\n", self.log.read_text()

    def disk(self, order: str) -> None:
        """Change the disk of its own, if it has one: see own_disk.py."""
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        self.popen.stdin.write(order.encode() + b"\n")
        self.popen.stdin.flush()
        assert self.popen.stdout.readline() == b"done\n"

    @property
    def public(self) -> PublicKey:
        return self.prepared.public

    @property
    def pid(self) -> int:
        return self.popen.pid

    def events(self) -> list[Event]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def guest(self) -> int:
        """Process id of the program that was started last."""
        return int(_last(self.events(), "run_started")["guest"])

    def let_go(self) -> None:
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1

    async def wait(self) -> int:
        return await asyncio.to_thread(self.popen.wait, PATIENCE)

    async def kill(self) -> None:
        self.popen.send_signal(signal.SIGKILL)
        await self.wait()


Spawn = Callable[[Prepared], Awaitable[Process]]


@pytest.fixture
async def spawn(tmp_path: Path) -> AsyncIterator[Spawn]:
    """Run `python -m seattle.node`; returns when it serves. Ended at the end."""
    started: list[Process] = []

    async def spawned(prepared: Prepared, *, disk: int = 0, until_ready: bool = True) -> Process:
        """`disk`: bytes of a disk of its own, see own_disk.py; 0: that of the tests."""
        parent, lifeline = os.pipe()
        ready, told = os.pipe()
        log = tmp_path / f"daemon{len(started)}.log"
        try:
            with log.open("wb") as stderr:
                popen = subprocess.Popen(  # noqa: ASYNC220 - it takes milliseconds, and Popen's pid is what tests want
                    [
                        *((sys.executable, str(OWN_DISK), str(prepared.folder), str(disk)) if disk else ()),
                        *(sys.executable, "-m", "seattle.node", "--settings", str(prepared.settings_file)),
                        *("--exit-with-parent-fd", str(parent), "--ready-fd", str(told)),
                    ],
                    pass_fds=[parent, told],
                    stdin=subprocess.PIPE if disk else subprocess.DEVNULL,
                    stdout=subprocess.PIPE if disk else None,
                    stderr=stderr,
                )
        finally:
            os.close(parent)
            os.close(told)
        process = Process(prepared, popen, lifeline, log, ready)
        started.append(process)
        if until_ready:
            await process.wait_until_ready()
        return process

    yield spawned
    for process in started:
        process.let_go()
        os.close(process.ready)
        if process.popen.stdin is not None:
            process.popen.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            await process.wait()
        if process.popen.poll() is None:
            process.popen.kill()
            process.popen.wait()


@pytest.fixture
def at_work(
    prepare: Prepare, spawn: Spawn, server: EmbeddedServer, join: Join, user: KeyPair
) -> Callable[..., Awaitable[tuple[Process, Hands]]]:
    """A daemon as a process of its own, and in the user's vessel a program that has said that it is on."""

    async def begun(text: str, **settings: Any) -> tuple[Process, Hands]:
        node = await spawn(prepare(server.url, **settings))
        hands = (await join(user)).at(node.public)
        await hands.start(text)
        await hands.until_it_says(b"on")
        return node, hands

    return begun


Until = Callable[..., Awaitable[None]]


@pytest.fixture
def until() -> Until:
    """Wait, within a bound, until something is so that tells nobody when it changes."""

    async def became(so: Callable[[], bool], *, within: float = PATIENCE) -> None:
        async with asyncio.timeout(within):
            while not so():  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.02)

    return became


@pytest.fixture
def alive() -> Callable[[int], bool]:
    """Whether a process lives."""

    def lives(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return lives


def _last(events: list[Event], name: str) -> Event:
    return [event for event in events if event["event"] == name][-1]
