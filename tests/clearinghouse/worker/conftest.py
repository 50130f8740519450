"""A real fabric, real nodes that were donated, and a real worker, all in this process."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest
from tests.clearinghouse.databases import VARIABLE

from seattle.clearinghouse.accounts.models import User, UserKey
from seattle.clearinghouse.fleet.models import DonationToken, Node, Vessel
from seattle.clearinghouse.worker.config import WorkerSettings
from seattle.clearinghouse.worker.main import Ready, work
from seattle.clearinghouse.worker.orm import Orm
from seattle.fabric import node_api as api
from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import Backoff, NatsFabric
from seattle.fabric.directory import Directory
from seattle.fabric.embedded_directory import embedded_directory
from seattle.fabric.enrolment import enrol
from seattle.fabric.rpc import NodeClient
from seattle.fabric.server import EmbeddedServer
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.openssh import format_public_line
from seattle.node.daemon import serve
from seattle.node.settings import PORTS, NodeSettings, load_settings
from seattle.node.setup import SETTINGS_FILE, set_up
from seattle.node.vesselinfo import VesselShare

DATABASE = os.environ.get(VARIABLE, "sqlite")

# What has nothing to do with the database, or is too long to be done on both.
once = pytest.mark.skipif(DATABASE == "postgresql", reason="it is the same on SQLite, where it is done")
only_on_postgresql = pytest.mark.skipif(DATABASE != "postgresql", reason="several workers need PostgreSQL")

PATIENCE = 30.0  # seconds, for whatever should happen at once
FIRST_PORT = 12000  # below the range from which the kernel picks for itself

P = ParamSpec("P")
T = TypeVar("T")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def orm(transactional_db: None) -> AsyncIterator[Orm]:
    """Runs what uses the database, from an asynchronous test."""
    async with Orm(2) as running:
        yield running


@pytest.fixture
def authority_folder(tmp_path: Path) -> Path:
    Authority.create(tmp_path / "authority")
    return tmp_path / "authority"


def donation(units: int) -> dict[str, int | float]:
    """What gives so many units, and not one more: memory is what there is least of."""
    much = {"diskused": 120_000_000, "events": 60, "fileread": 200_000, "filewrite": 200_000, "filesopened": 20}
    rates = {"netsend": 20_000, "netrecv": 20_000, "loopsend": 200_000, "looprecv": 200_000, "lograte": 20_000}
    items = {"insockets": 20, "outsockets": 20, "random": 2_000}
    each = {name: amount * (units + 2) for name, amount in (much | rates | items).items()}
    return {"cpu": 0.03 * (units + 2), "memory": max(67_000_000 * units, 45_000_000) + 5_000_000, **each}


@dataclass
class Donated:
    """A node in this process that somebody has donated."""

    public: PublicKey
    folder: Path
    until: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    @property
    def id(self) -> str:
        return self.public.id

    async def start(self) -> None:
        """Begin to serve, or begin again."""
        ready = asyncio.Event()
        self.until = asyncio.Event()
        settings = load_settings(self.folder / SETTINGS_FILE, {})
        self.task = asyncio.create_task(serve(settings, until=self.until, ready=ready.set))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({waiting, self.task}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.task.done():
            self.task.result()
        assert ready.is_set()

    async def end(self) -> None:
        """Stop serving."""
        self.until.set()
        if self.task is not None:
            async with asyncio.timeout(PATIENCE):
                await self.task
            self.task = None


@dataclass
class Working:
    """A worker in this process."""

    ready: Ready
    until: asyncio.Event
    task: "asyncio.Task[None]"

    async def end(self) -> None:
        """Have it end in good order."""
        self.until.set()
        async with asyncio.timeout(PATIENCE):
            await self.task


@dataclass
class Town:
    """A fabric with its directory, and who lives there."""

    folder: Path
    authority_folder: Path
    server: EmbeddedServer
    directory: Directory
    worker_key: KeyPair
    stack: AsyncExitStack
    nodes: list[Donated] = field(default_factory=list)

    @property
    def authority(self) -> Authority:
        return Authority.load(self.authority_folder)

    def set_up(self, token: str, *, units: int = 2, users: tuple[PublicKey, ...] = ()) -> Donated:
        """A node that is given to the worker in the name of whose token this is."""
        number = len(self.nodes)
        folder = self.folder / f"node{number}"
        settings = NodeSettings(
            folder=Path(),
            fabric=[self.server.url],
            donation=donation(units),
            first_port=FIRST_PORT + number * PORTS,
            loopback_first=FIRST_PORT,
            loopback_last=FIRST_PORT + 20 * PORTS,
            addresses=["127.0.0.1"],
            unwatched_limit=0,
        )
        share = VesselShare(100, self.worker_key.public, users, information=token)
        public = set_up(folder, vessels=[share], settings=settings)
        credential = enrol(self.authority, public, role=Role.NODE, now=time.time(), lifetime=timedelta(hours=1))
        (folder / "node.jwt").write_text(credential)
        node = Donated(public, folder)
        self.nodes.append(node)
        self.stack.push_async_callback(node.end)
        return node

    async def donate(self, token: str, **how: Any) -> Donated:
        """`set_up`, and the node serves."""
        node = self.set_up(token, **how)
        await node.start()
        return node

    def settings(self, **changes: Any) -> WorkerSettings:
        given: dict[str, Any] = {
            "key_file": self.folder / "worker.key",
            "brokers": [self.server.url],
            "authority": self.authority_folder,
            "enrolment_port": 0,
            "discover_seconds": 0.3,
            "probe_seconds": 2.0,
            "call_seconds": 5.0,
            "threads": 3,
        }
        return WorkerSettings(**(given | changes))

    async def worker(self, **changes: Any) -> Working:
        """One more worker."""
        told: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        until = asyncio.Event()
        task = asyncio.create_task(work(self.settings(**changes), until=until, ready=told.set_result))
        task.add_done_callback(lambda ended: told.done() or told.cancel())
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait({told})
        if task.done():
            task.result()
        working = Working(told.result(), until, task)
        self.stack.push_async_callback(working.end)
        return working

    async def client(self, key: KeyPair, role: Role = Role.USER) -> NodeClient:
        """Somebody who calls nodes with this key."""
        return NodeClient(await self.connect(key, role), key)

    async def connect(
        self, key: KeyPair, role: Role = Role.USER, *, patience: float = 10.0, url: str = ""
    ) -> NatsFabric:
        """A connection of this key, to the town's own broker if none is named."""

        async def fetch() -> str:
            return enrol(self.authority, key.public, role=role, now=time.time(), lifetime=timedelta(hours=1))

        pauses = Backoff(first=0.02, longest=0.1)
        fabric = NatsFabric([url or self.server.url], key, fetch, backoff=pauses, patience=patience, grace=0.5)
        return await self.stack.enter_async_context(fabric)

    async def listed(self, node: Donated) -> dict[str, api.VesselSummary]:
        """The vessels of a node, as their owner sees them."""
        client = await self.client(self.worker_key, Role.SERVICE)
        described = await client.ask(node.public, api.DESCRIBE, api.Describe())
        return {vessel.name: vessel for vessel in described.vessels}


@pytest.fixture
async def town(tmp_path: Path, orm: Orm, authority_folder: Path) -> AsyncIterator[Town]:
    key = KeyPair.generate()
    save_key_pair(tmp_path / "worker.key", key)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(EmbeddedServer(Authority.load(authority_folder)))
        directory = await stack.enter_async_context(embedded_directory(Authority.load(authority_folder), server.url))
        yield Town(tmp_path, authority_folder, server, directory, key, stack)


@dataclass
class Person:
    """Somebody with an account, and the private half of its key."""

    user: User
    key: KeyPair


@pytest.fixture
def new_person(new_user: Callable[..., User], orm: Orm) -> Callable[..., Awaitable[Person]]:
    """Make somebody with an account, whose one key is ours, too."""

    def make(credit: int) -> Person:
        user, key = new_user(credit=credit), KeyPair.generate()
        user.keys.all().delete()
        UserKey.objects.create(user=user, key_id=key.id, public_line=format_public_line(key.public))
        return Person(user, key)

    async def made(*, credit: int = 10) -> Person:
        return await orm(make, credit)

    return made


@pytest.fixture
def new_token(new_user: Callable[..., User], orm: Orm) -> Callable[[], Awaitable[DonationToken]]:
    """Make a donor, and a token of theirs."""

    def make() -> DonationToken:
        return DonationToken.objects.create(user=new_user())

    async def made() -> DonationToken:
        return await orm(make)

    return made


@pytest.fixture
def until(orm: Orm) -> Callable[..., Awaitable[None]]:
    """Wait, within a bound, until the database says so."""

    async def became(so: Callable[[], bool], *, within: float = PATIENCE) -> None:
        async with asyncio.timeout(within):
            while not await orm(so):  # noqa: ASYNC110 - a database tells nobody when it changes
                await asyncio.sleep(0.02)

    return became


def free(node: Donated) -> int:
    """How many of a node's vessels may be handed out."""
    usable = Vessel.objects.filter(node__node_id=node.id, node__state=Node.State.READY, node__online=True)
    return usable.filter(state=Vessel.State.FREE).count()
