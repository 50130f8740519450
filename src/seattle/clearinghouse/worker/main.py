"""The worker as a process: one connection to the fabric, its loops, and the enrolment service beside them."""

import asyncio
import contextlib
import math
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from django.utils import timezone

from seattle.clearinghouse.fleet import adverts, claims
from seattle.clearinghouse.journal import services as journal
from seattle.clearinghouse.journal.services import Deed
from seattle.clearinghouse.leases.warnings import warn
from seattle.clearinghouse.worker.admissions import DatabaseAdmissions
from seattle.clearinghouse.worker.calls import Calls
from seattle.clearinghouse.worker.chores import Chores
from seattle.clearinghouse.worker.config import WorkerSettings
from seattle.clearinghouse.worker.cut_offs import CutOffs
from seattle.clearinghouse.worker.discovery import seen
from seattle.clearinghouse.worker.orm import Orm
from seattle.clearinghouse.worker.scene import Tools
from seattle.clearinghouse.worker.signing import Signing
from seattle.clearinghouse.worker.visits import Visitor
from seattle.fabric.authority import Authority, Issuer, Role
from seattle.fabric.claims import push_to_each
from seattle.fabric.connection import FetchCredential, NatsFabric
from seattle.fabric.directory import DirectoryClient
from seattle.fabric.enrolment import enrol
from seattle.fabric.enrolment_service import EnrolmentService, http_server
from seattle.fabric.errors import AuthorityUnusable, FabricError
from seattle.fabric.kept_credential import KeptCredential
from seattle.fabric.rpc import NodeClient
from seattle.identity.errors import KeyFileMissing
from seattle.identity.files import load_key_pair
from seattle.identity.keys import KeyPair

THOROUGH_EVERY: Final = 0.3  # seconds, after which a look for new work is for what can wait, too
CHORES_EVERY: Final = 0.5  # seconds between looks whether one is due
IDLE: Final = 4.0  # times as long as it took, discovery rests: a large testbed makes it slower, and not us busier
CUT_OFFS_EVERY: Final = 0.5
SIGN_EVERY: Final = 0.5
WARN_EVERY: Final = 10.0
AFTER_TROUBLE: Final = 2.0  # seconds until a loop goes on in which something failed

log = structlog.get_logger()


@dataclass(frozen=True)
class Ready:
    """What a worker tells once it works."""

    key_id: str  # that owns the vessels
    enrolment: str  # address of the enrolment service; empty if there is none here


async def work(
    settings: WorkerSettings, *, until: asyncio.Event, ready: Callable[[Ready], None] = lambda _: None
) -> None:
    """Work until `until` is set. Raises IdentityError, FabricError and OSError for what keeps it from beginning."""
    key = load_key_pair(settings.key_file)
    issuer = None if settings.authority is None else Issuer.load(settings.authority)
    async with contextlib.AsyncExitStack() as stack:
        orm = await stack.enter_async_context(Orm(settings.threads))
        fabric = NatsFabric(
            settings.brokers,
            key,
            _credential(settings, key, issuer),
            name="clearinghouse worker",
            ca_file=settings.ca_file,
            plain_anywhere=settings.plain_fabric,
            grace=2.0,
        )
        await stack.enter_async_context(fabric)
        enrolment = await stack.enter_async_context(_enrolment(settings, issuer, orm))
        worker = Worker(settings, key, fabric, orm)
        ready(Ready(key.id, enrolment))
        log.info("worker_started", worker=settings.label, key=key.id)
        await worker.run(until)
        log.info("worker_ended", worker=settings.label)


def check_keys(settings: WorkerSettings) -> str:
    """Whether our keys can be used; the id of the one that owns the vessels. Raises IdentityError, FabricError."""
    if settings.authority is not None:
        issuer = Issuer.load(settings.authority)
        if settings.credential_file is None and Role.SERVICE not in issuer.roles:
            raise AuthorityUnusable(
                f"{settings.authority} lacks service.nk, which lets us in: copy it there, or name a credential file"
            )
    try:
        key = load_key_pair(settings.key_file).public
    except KeyFileMissing as why:
        how = "`seattle clearinghouse worker --init` makes it, in the file that SEATTLE_WORKER_KEY_FILE names"
        raise KeyFileMissing(f"{settings.key_file}: there is no such key file", hint=how) from why
    if settings.credential_file is not None:
        KeptCredential(settings.credential_file, key, role=Role.SERVICE).read()
    return key.id


class Worker:
    """The loops. `fabric`: connected, with `key`, as a service."""

    def __init__(self, settings: WorkerSettings, key: KeyPair, fabric: NatsFabric, orm: Orm) -> None:
        self._settings = settings
        self._key = key
        self._orm = orm
        self._calls = Calls(often=settings.poll_seconds, seldom=settings.called_poll_seconds)
        self._directory = DirectoryClient(fabric)
        self._visitor = Visitor(
            Tools(
                client=NodeClient(fabric, key),
                orm=orm,
                own=key.public,
                worker=settings.label,
                patience=settings.call_seconds,
                probe_every=timedelta(seconds=settings.probe_seconds),
            )
        )
        self._chores = Chores(settings.label, started_at=timezone.now())
        self._authority = _whole_authority(settings.authority)
        self._cut_offs = CutOffs(
            orm,
            self._directory,
            worker=settings.label,
            own=key.public,
            authority=self._authority,
            brokers=settings.brokers,
            push=self._push,
            clock=timezone.now,
        )
        self._signing = Signing(orm, settings, key, clock=timezone.now)

    async def run(self, until: asyncio.Event) -> None:
        """All loops, until then; what is under way at a node ends in good order, or is left to the next worker."""
        async with asyncio.TaskGroup() as group:
            loops = [
                group.create_task(self._visit_all(), name="visit nodes"),
                group.create_task(self._calls.listen(), name="listen for calls"),
                group.create_task(
                    _again_and_again(self._discover, self._settings.discover_seconds, idle=IDLE), name="discover"
                ),
                group.create_task(_again_and_again(self._do_chores, CHORES_EVERY), name="chores"),
                group.create_task(_again_and_again(self._warn, WARN_EVERY), name="warn"),
                group.create_task(_again_and_again(self._signing.sign_waiting, SIGN_EVERY), name="sign builds"),
                group.create_task(_again_and_again(self._cut_offs.execute, CUT_OFFS_EVERY), name="cut keys off"),
            ]
            await until.wait()
            for loop in loops:
                loop.cancel()
        await self._orm(self._chores.stop, timezone.now())

    async def _visit_all(self) -> None:
        """Keep visiting nodes at which something is to be done, many at a time, whatever becomes of any of them."""
        most = self._settings.visits_at_once
        at_work: dict[int, asyncio.Task[None]] = {}
        background: set[int] = set()
        clock = asyncio.get_running_loop().time
        thorough_at = 0.0
        async with asyncio.TaskGroup() as group:
            while True:
                thorough = clock() >= thorough_at
                due = await self._due(most, at_work, thorough=thorough)
                thorough_at = clock() + THOROUGH_EVERY if thorough else thorough_at
                background &= at_work.keys()
                for node_id in due.waiting[: most - len(at_work)]:
                    self._visit(group, node_id, at_work)
                # Half of the places are for those for whom somebody waits, however many others hang.
                for node_id in due.background[: min(most - len(at_work), most // 2 - len(background))]:
                    self._visit(group, node_id, at_work)
                    background.add(node_id)
                # What it was called for may be what this look left out.
                await self._calls.wait(math.inf if thorough else max(0.0, thorough_at - clock()))

    def _visit(self, group: asyncio.TaskGroup, node_id: int, at_work: dict[int, asyncio.Task[None]]) -> None:
        at_work[node_id] = group.create_task(self._visitor.visit(node_id), name=f"visit {node_id}")
        at_work[node_id].add_done_callback(partial(self._forget, at_work, node_id))

    def _forget(self, at_work: dict[int, asyncio.Task[None]], node_id: int, _: asyncio.Task[None]) -> None:
        at_work.pop(node_id, None)
        self._calls.call()  # meanwhile there may be more to do there, or room for another

    async def _due(self, most: int, at_work: dict[int, asyncio.Task[None]], *, thorough: bool) -> claims.Due:
        busy = frozenset(at_work)
        try:
            return await self._orm(claims.due, timezone.now(), most=most, but=busy, thorough=thorough)
        except Exception:  # a database that went away comes back
            log.exception("work_not_found")
            await asyncio.sleep(AFTER_TROUBLE)
            return claims.Due((), ())

    async def _discover(self) -> None:
        found = await self._directory.lookup(self._key.public)
        now = timezone.now()
        new = await self._orm(adverts.heard, [seen(advert, now) for advert in found], now)
        for node_id in new:
            log.info("node_discovered", node=node_id)
        if new:
            self._calls.call()
            deeds = [Deed(action="discover", detail=f"{node_id} has something for our key") for node_id in new[:100]]
            await self._orm(journal.write, self._settings.label, deeds)

    async def _do_chores(self) -> None:
        await self._orm(self._chores.do, timezone.now())

    async def _warn(self) -> None:
        """By mail, which can take long."""
        await self._orm(warn, timezone.now())

    async def _push(self, brokers: Sequence[str]) -> Collection[str]:
        authority, settings = self._authority, self._settings
        assert authority is not None  # or there would be nothing to push
        told = await push_to_each(authority, brokers, ca_file=settings.ca_file, plain_anywhere=settings.plain_fabric)
        for url, why in told.untold.items():
            log.warning("broker_not_told", broker=url, code=why.code, error=str(why))
        return told.untold.keys()


async def _again_and_again(do: Callable[[], Awaitable[None]], every: float, *, idle: float = 0.0) -> None:
    """Do something every so many seconds, for as long as this task lives; what fails is logged, and tried again.

    `idle`: times as long as it took, it rests.
    """
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await do()
        except FabricError as why:
            log.warning("loop_without_fabric", loop=getattr(do, "__name__", ""), code=why.code, error=str(why))
            await asyncio.sleep(AFTER_TROUBLE)
        except Exception:
            log.exception("loop_failed", loop=getattr(do, "__name__", ""))
            await asyncio.sleep(AFTER_TROUBLE)
        await asyncio.sleep(max(every, idle * (loop.time() - began)))


def _credential(settings: WorkerSettings, key: KeyPair, issuer: Issuer | None) -> FetchCredential:
    """What gets us into the fabric: a file that others write, or our own word if the keys for it are here."""
    if settings.credential_file is not None:
        return KeptCredential(settings.credential_file, key.public, role=Role.SERVICE)

    async def make() -> str:
        assert issuer is not None
        lifetime = timedelta(hours=settings.credential_hours)
        return enrol(issuer, key.public, role=Role.SERVICE, now=time.time(), lifetime=lifetime)

    return make


@asynccontextmanager
async def _enrolment(settings: WorkerSettings, issuer: Issuer | None, orm: Orm) -> AsyncIterator[str]:
    """The enrolment service on loopback, where the site forwards to; its address, or nothing without an authority."""
    if issuer is None:
        yield ""
        return
    service = EnrolmentService(
        issuer,
        DatabaseAdmissions(orm),
        brokers=settings.told_brokers or settings.brokers,
        lifetime=timedelta(hours=settings.credential_hours),
    )
    host = settings.enrolment_host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, settings.enrolment_port), family=family)
    except OSError as why:
        raise OSError(
            f"port {settings.enrolment_port} of {host} can't be had: {why.strerror or why}; "
            "choose another in SEATTLE_WORKER_ENROLMENT_PORT, and tell the site: SEATTLE_SITE_ENROLMENT_UPSTREAM"
        ) from why
    with listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as the site's: see `server.listen`
        server = _Server(http_server(service, behind_proxy=True).config)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="enrolment service")
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    """One that leaves signals to the worker."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


def _whole_authority(folder: Path | None) -> Authority | None:
    """The authority with the operator's keys, if they are here: those are needed to tell brokers anything."""
    if folder is None or not (folder / "operator.nk").exists():
        return None
    try:
        return Authority.load(folder)
    except AuthorityUnusable as why:
        log.warning("authority_unusable", error=str(why))
        return None
