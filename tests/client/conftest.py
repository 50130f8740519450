"""A testbed in which everything is real - broker, permissions, sealed calls, directory - but what the nodes do.

It runs in a thread of its own, so that tests can use the client from where they like.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from tests.client.real_nodes import with_a_site

import seattle
from seattle.client import Patience, Testbed
from seattle.client.profile import Profile, write_profile
from seattle.fabric import node_api as api
from seattle.fabric import subjects
from seattle.fabric.advert import Advert, sign_advert
from seattle.fabric.advert_book import AdvertBook
from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.directory import Directory
from seattle.fabric.enrolment import enrol
from seattle.fabric.errors import RemoteError
from seattle.fabric.operations import Operation, encode
from seattle.fabric.rpc import NodeServer
from seattle.fabric.server import EmbeddedServer
from seattle.identity.envelope import Request
from seattle.identity.keys import KeyPair
from seattle.identity.nonces import NonceCache
from seattle.testbed import LocalTestbed

BOUND = 20  # seconds; far more than anything here takes
RING = 256 * 1024  # bytes of log that are kept

OPERATIONS: dict[str, Operation[Any, Any]] = {
    one.method: one for one in vars(api).values() if isinstance(one, Operation)
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class FakeVessel:
    """A vessel whose programs are lists of orders: `say TEXT`, `exit N`, `fail`; without an end they go on."""

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, bytearray] = field(default_factory=dict)  # by digest
    log: bytearray = field(default_factory=bytearray)
    kept_from: int = 0
    run: int = 0
    state: api.VesselState = api.VesselState.FRESH
    outcome: api.RunOutcome | None = None
    arguments: list[str] = field(default_factory=list)
    held: str = ""  # why its donor holds back
    changed_at: float = 0.0  # what it says of its files
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def summary(self, owner: str) -> api.VesselSummary:
        return api.VesselSummary(
            name=self.name, owner=owner, state=self.state, run=self.run, outcome=self.outcome, tcp_ports=[63100]
        )

    def write(self, data: bytes) -> None:
        self.log += data
        self.kept_from = max(self.kept_from, len(self.log) - RING)
        self._tell()

    def end(self, outcome: api.RunOutcome) -> None:
        self.state, self.outcome = api.VesselState.TERMINATED, outcome
        self._tell()

    def _tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()

    def start(self, request: api.Start | api.StartBeneath) -> api.RunStarted:
        if request.program not in self.files:
            raise RemoteError("no-such-file", f"there is no file {request.program}")
        if self.state is api.VesselState.STARTED:
            raise RemoteError("already-started", "a program runs in this vessel")
        self.run += 1
        self.state, self.outcome, self.arguments = api.VesselState.STARTED, None, request.arguments
        began = len(self.log)
        self._obey(self.files[request.program].decode().splitlines())
        return api.RunStarted(run=self.run, log_offset=began)

    def _obey(self, orders: list[str]) -> None:
        for order in orders:
            match order.split(" ", 1):
                case ["say", text]:
                    self.write(text.format(*self.arguments, name=self.name).encode() + b"\n")
                case ["exit", code]:
                    self.end(api.RunOutcome(kind="exited", detail=code, exit_code=int(code)))
                case ["fail"]:
                    self.end(api.RunOutcome(kind="exception", detail="ValueError: no", exit_code=1))

    def add_chunk(self, request: api.AddFileChunk) -> api.FileProgress:
        part = self.parts.setdefault(request.digest, bytearray())
        if request.offset == len(part):
            part += request.data
        done = len(part) == request.total_size
        if done:
            assert hashlib.sha256(part).hexdigest() == request.digest
            self.files[request.name] = bytes(part)
        return api.FileProgress(received=len(part), complete=done)

    def read_chunk(self, request: api.ReadFileChunk) -> api.FileChunk:
        if request.name not in self.files:
            raise RemoteError("no-such-file", f"there is no file {request.name}")
        content = self.files[request.name]
        return api.FileChunk(
            data=content[request.offset : request.offset + request.count],
            total_size=len(content),
            digest=hashlib.sha256(content).hexdigest(),
        )

    async def read_log(self, request: api.ReadLog) -> api.LogChunk:
        wanted = self.kept_from if request.offset is None else min(request.offset, len(self.log))
        try:
            async with asyncio.timeout(request.wait):
                while wanted >= len(self.log) and self.state is api.VesselState.STARTED:
                    await self.news.wait()
        except TimeoutError:
            pass
        start = max(wanted, self.kept_from)
        data = bytes(self.log[start : start + request.count])
        ended = self.state is not api.VesselState.STARTED and start + len(data) == len(self.log)
        return api.LogChunk(
            offset=start,
            next_offset=start + len(data),
            data=data,
            ended=ended,
            outcome=self.outcome if ended else None,
            run=self.run,
            holding_back=self.held,
        )


@dataclass(eq=False)
class FakeNode:
    """A node that serves its owner. Its calls can be made to fail, by the name of the method."""

    key: KeyPair
    owner: str
    vessels: dict[str, FakeVessel]
    refuse: dict[str, RemoteError] = field(default_factory=dict)
    notice: str = ""  # of its donor
    patient: bool = True  # whether it holds long polls
    hold: set[str] = field(default_factory=set)  # not answered before `over`
    holding: asyncio.Event = field(default_factory=asyncio.Event)  # one of those has come
    lose: dict[str, int] = field(default_factory=dict)  # so many calls are obeyed, and their answers lost
    calls: list[tuple[str, Any]] = field(default_factory=list)
    portal: BlockingPortal | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)  # the tests are

    @property
    def id(self) -> str:
        return self.key.id

    def act(self, work: Callable[..., Any], *args: Any) -> Any:
        """Do something with its vessels, from outside."""
        assert self.portal is not None
        return self.portal.call(work, *args)

    async def answer(self, request: Request) -> bytes:
        operation = OPERATIONS[request.method]
        asked = operation.decode_request(request.body)
        self.calls.append((request.method, asked))
        if request.method in self.hold:
            self.holding.set()
            await self.over.wait()
        if request.method in self.refuse:
            raise self.refuse[request.method]
        if request.caller.id != self.owner:
            raise RemoteError("not-allowed", "you have no right to this, or there is no such vessel")
        reply = encode(await self._do(asked))
        if self.lose.get(request.method, 0) > 0:
            self.lose[request.method] -= 1
            await self.over.wait()
        return reply

    async def _do(self, asked: Any) -> Any:
        summaries = [vessel.summary(self.owner) for vessel in self.vessels.values()]
        match asked:
            case api.GetVessels():
                return api.VesselList(vessels=summaries, notice=self.notice)
            case api.Describe():
                return api.NodeDescription(node=self.id, vessels=summaries, notice=self.notice)
        vessel = self.vessels[asked.vessel]
        match asked:
            case api.AddFileChunk():
                return vessel.add_chunk(asked)
            case api.ReadFileChunk():
                return vessel.read_chunk(asked)
            case api.ListFiles():
                files = sorted(vessel.files.items())
                at = vessel.changed_at
                return api.FileList(files=[api.FileEntry(name=n, size=len(c), changed_at=at) for n, c in files])
            case api.DeleteFile():
                if vessel.files.pop(asked.name, None) is None:
                    raise RemoteError("no-such-file", f"there is no file {asked.name}")
            case api.Start() | api.StartBeneath():
                return vessel.start(asked)
            case api.Stop():
                if vessel.state is api.VesselState.STARTED:
                    vessel.end(api.RunOutcome(kind="stopped", detail="by a user"))
                    vessel.state = api.VesselState.STOPPED
            case api.Reset():
                self.vessels[vessel.name] = FakeVessel(vessel.name)
            case api.GetResources():
                return api.ResourceReport(limits={"memory": 1e8}, usage={"memory": 1e6})
            case api.ReadLog():
                return await vessel.read_log(asked if self.patient else msgspec.structs.replace(asked, wait=0))
        return api.Nothing()


class HeardBook(AdvertBook):
    """Tells what it has heard."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: dict[str, asyncio.Event] = {}

    def accept(self, wire: bytes, *, publisher: str, now: float) -> Advert:
        advert = super().accept(wire, publisher=publisher, now=now)
        self.heard.setdefault(publisher, asyncio.Event()).set()
        return advert


class World:
    """The fabric, a directory and nodes."""

    def __init__(self, portal: BlockingPortal) -> None:
        self.portal = portal
        self.authority = Authority.generate()
        self.server = EmbeddedServer(self.authority)
        self.book = HeardBook()
        self.nodes: list[FakeNode] = []
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        await self._stack.enter_async_context(self.server)
        service = await self.join(KeyPair.generate(), Role.SERVICE)
        directory = Directory(service, book=self.book)
        await directory.start()
        self._stack.push_async_callback(directory.stop)

    async def stop(self) -> None:
        for node in self.nodes:
            node.over.set()
            for vessel in node.vessels.values():
                vessel.end(api.RunOutcome(kind="stopped"))  # nobody waits for its log any more
        await self._stack.aclose()

    def credential(self, key: KeyPair, role: Role) -> str:
        return enrol(self.authority, key.public, role=role, now=time.time(), lifetime=timedelta(hours=1))

    async def join(self, key: KeyPair, role: Role) -> NatsFabric:
        async def fetch() -> str:
            return self.credential(key, role)

        return await self._stack.enter_async_context(NatsFabric([self.server.url], key, fetch))

    def node(self, owner: KeyPair, *vessels: str, serving: bool = True) -> FakeNode:
        """A node that has these vessels for `owner`; not serving, it has advertised and died."""
        return self.portal.call(self._node, owner, vessels, serving)

    async def _node(self, owner: KeyPair, vessels: tuple[str, ...], serving: bool) -> FakeNode:
        key = KeyPair.generate()
        fabric = await self.join(key, Role.NODE)
        node = FakeNode(key, owner.id, {name: FakeVessel(name) for name in vessels}, portal=self.portal)
        self.nodes.append(node)
        if serving:
            nonces = NonceCache(None)
            await NodeServer(fabric, key, nonces, node.answer).start()
        advert = Advert(
            node=key.id, issued_at=time.time(), vessels={owner.id: list(vessels)}, addresses=["127.0.0.1"], version="1"
        )
        await fabric.publish(subjects.advert(key.id), sign_advert(advert, key))
        async with asyncio.timeout(BOUND):
            await self.book.heard.setdefault(key.id, asyncio.Event()).wait()
        return node


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with start_blocking_portal("asyncio") as portal:
        world = portal.call(_make_world, portal)
        try:
            yield world
        finally:
            portal.call(world.stop)


async def _make_world(portal: BlockingPortal) -> World:
    world = World(portal)
    try:
        await world.start()
    except BaseException:
        await world.stop()
        raise
    return world


@pytest.fixture
def alice() -> KeyPair:
    """A user who has not been seen before, so that each test has vessels of its own."""
    return KeyPair.generate()


@pytest.fixture
def profile(world: World, alice: KeyPair, tmp_path: Path) -> Profile:
    return write_profile(
        tmp_path / "profile", urls=[world.server.url], key=alice, credential=world.credential(alice, Role.USER)
    )


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalTestbed]:
    """A real testbed, whose user gets vessels from a site."""
    with with_a_site(tmp_path_factory.mktemp("site") / "testbed") as local:
        yield local


@pytest.fixture
def held_by_none(local: LocalTestbed) -> Iterator[Testbed]:
    """Connected to the real testbed, with all vessels clean and free before, and given back after."""
    assert local.site is not None
    with seattle.connect(local.profile, patience=Patience(call=3.0, pauses=(0.1, 0.1))) as testbed:
        asyncio.run(local.site.wait_until_divided())
        yield testbed
        testbed.release()
        for name in testbed.groups:
            del testbed.groups[name]
