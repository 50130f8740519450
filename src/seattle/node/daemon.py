"""The daemon: from settings to a node that serves, and back to silence.

`serve` is all of it, for a process of its own (`command.py`) as for a test. It holds the folder's lock, so there is
one daemon for one node; it lays out the vessels at the first start, and adopts what an earlier daemon has left running
at the next. When it is told to end it stops what runs, records how that ended, and only then leaves the fabric; or, if
another daemon is to follow it, it leaves everything running, as it does when it crashes.
"""

import asyncio
import fcntl
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog

from seattle.fabric import subjects
from seattle.fabric.allowance import Allowance
from seattle.fabric.authority import Role
from seattle.fabric.connection import Backoff, FetchCredential, NatsFabric
from seattle.fabric.directory import Advertiser
from seattle.fabric.errors import EnrolmentRefused, FabricError
from seattle.fabric.kept_credential import KeptCredential
from seattle.fabric.node_api import NodeMethod
from seattle.fabric.renewal import RenewedCredential
from seattle.fabric.rpc import BURST_OF_STRANGERS, RATE_OF_STRANGERS, NodeServer
from seattle.identity.files import load_key_pair
from seattle.identity.keys import KeyPair
from seattle.identity.nonces import NonceCache
from seattle.node.addresses import Whereabouts
from seattle.node.adverts import make_advert
from seattle.node.announcements import Announcements
from seattle.node.control import Control
from seattle.node.control_sockets import ControlSockets
from seattle.node.disk import disk_trouble
from seattle.node.division import Division, sweep
from seattle.node.donor.gate import Gate
from seattle.node.donor.keeper import Keeper
from seattle.node.donor.verbs import add_donor_verbs
from seattle.node.ending import END, LOCK, Ending
from seattle.node.errors import FolderInUse, FolderUnusable
from seattle.node.journal import Journal
from seattle.node.journal_reader import JOURNAL, PROGRAM, JournalReader
from seattle.node.machine import divide, donate, measure, with_measured
from seattle.node.nursery import Nursery
from seattle.node.overview import STATUS, Overview
from seattle.node.records import VesselRecord
from seattle.node.service import NodeFacts, Service
from seattle.node.settings import NodeSettings
from seattle.node.store import Store
from seattle.node.surroundings import AddressPreference, Surroundings
from seattle.node.verbs import Verbs
from seattle.node.vessel import Vessel
from seattle.node.vesselinfo import VesselShare, read_vesselinfo
from seattle.node.vessels import settle, stop_all
from seattle.node.walls import survey
from seattle.repy.monitor.network.host import HostNetwork
from seattle.resources.vector import ResourceVector

COMEBACK: Final = 4.0  # seconds over which nodes spread their first attempts when their broker has gone
CONNECT_AGAIN: Final = 2.0  # seconds between attempts to reach a broker that has never been reached
REFUSED_AGAIN: Final = 30.0  # seconds at most, where the answer is no: all behind one address share what they may ask
HARMLESS: Final = (NodeMethod.DESCRIBE,)  # calls that a node answers though it can't write them down
READING: Final = frozenset(  # calls that change nothing: they do not wait until they are written down
    {
        NodeMethod.DESCRIBE,
        NodeMethod.GET_VESSELS,
        NodeMethod.GET_RESOURCES,
        NodeMethod.GET_OFFCUT_RESOURCES,
        NodeMethod.LIST_FILES,
        NodeMethod.STAT_FILE,
        NodeMethod.READ_FILE,
        NodeMethod.READ_LOG,
        NodeMethod.WAIT_FOR_CHANGE,
    }
)
LOOK_AT_DISK: Final = 2.0  # seconds between attempts to begin on a disk that takes nothing
SHUTTING_DOWN: Final = "the node, which is shutting down"  # in outcomes
NODE_FACT: Final = "node"  # the node's id
DONATED_FACT: Final = "donated"  # for people: what was divided at the first start

T = TypeVar("T")

log = structlog.get_logger()


def nobody_waits() -> None:
    """Tell nobody that the node is ready."""


async def serve(
    settings: NodeSettings,
    *,
    until: asyncio.Event,
    handing_over: asyncio.Event | None = None,
    ready: Callable[[], None] = nobody_waits,
    clock: Callable[[], float] = time.time,
) -> None:
    """Be a node until `until` is set. `ready` is called once the node serves. `clock`: seconds since 1970.

    If `handing_over` is set by then, the programs run on and wait for the next daemon, for `settings.unwatched_limit`.
    If `until` is set from the start, nothing comes of it but the end of what an earlier daemon has left running.

    Raises NodeError or IdentityError if it can't begin. A broker that is away, or a disk that is full, is no reason to
    end: it is tried again.
    """
    if handing_over is None or not settings.unwatched_limit:  # what is not to run on is best stopped in order
        handing_over = asyncio.Event()
    while True:
        try:
            with _opened(settings, until, handing_over, clock) as node:
                return await _live(node, ready)
        except _DiskUnusableError as why:
            log.warning("disk_unusable", trouble=str(why), next_in=LOOK_AT_DISK)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AT_DISK):
                    await until.wait()
                    return None


class _DiskUnusableError(Exception):
    """Nothing can be written to now; the text says why."""


@contextmanager
def _opened(
    settings: NodeSettings, until: asyncio.Event, handing_over: asyncio.Event, clock: Callable[[], float]
) -> Iterator["_Node"]:
    """All that is in the node's folder, for this process alone."""
    with ExitStack() as files:
        try:
            settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            settings.folder.chmod(0o700)  # what other people's programs keep is nobody's business
            files.enter_context(_lock(settings.folder))
            key = load_key_pair(settings.key_file)
            store = Store(settings.folder / "store.sqlite")
            files.callback(store.close)
            most, days = settings.journal_bytes, settings.journal_days
            journal = Journal(settings.folder / "journal.sqlite", most=most, days=days)
            files.callback(journal.close)
            nonces = _nonces(settings.folder / "nonces.sqlite")
            files.callback(nonces.close)
            sockets = files.enter_context(ControlSockets(settings.folder / "monitors"))
            open_for(key, store, settings)
            network = files.enter_context(closing(HostNetwork()))
        except (OSError, sqlite3.OperationalError) as why:
            trouble = disk_trouble(settings.folder)
            if not trouble:
                raise
            raise _DiskUnusableError(trouble) from why
        yield _Node(settings, key, store, journal, nonces, sockets, network, until, handing_over, clock)


def open_for(key: KeyPair, store: Store, settings: NodeSettings) -> None:
    """Make sure that this store is that of the node with this key; lay its vessels out if it has none.

    Raises FolderUnusable if it is another's, BadVesselInfo and TooLittleDonated at the first start.
    """
    owner = store.fact(NODE_FACT)
    if owner is None:
        vessels, donated = first_vessels(read_vesselinfo(settings.vesselinfo_file), settings)
        store.lay_out(vessels, {NODE_FACT: key.id, DONATED_FACT: repr(donated)})
        log.info("vessels_laid_out", count=len(vessels))
    elif owner != key.id:
        raise FolderUnusable(
            f"{settings.folder} holds the vessels of node {owner}, and {settings.key_file} is the key of {key.id}: "
            "restore the right key, or give the new node a folder of its own"
        )


def first_vessels(shares: Sequence[VesselShare], settings: NodeSettings) -> tuple[list[VesselRecord], ResourceVector]:
    """The vessels of a new node, v1, v2, ..., and what is donated in all. Raises TooLittleDonated."""
    folder = next(there for there in (settings.folder, *settings.folder.parents) if there.exists())
    machine = with_measured(measure(folder), settings.measured)
    donated = donate(machine, share=settings.share, explicit=settings.donation)
    parts = divide(donated, [share.percent for share in shares], first_port=settings.first_port)
    return [
        VesselRecord(
            name=f"v{number}",
            owner=share.owner,
            users=share.users,
            resources=resources,
            owner_information=share.information,
        )
        for number, (share, resources) in enumerate(zip(shares, parts, strict=True), start=1)
    ], donated


@dataclass(frozen=True)
class _Node:
    """What a node keeps from its start to its end."""

    settings: NodeSettings
    key: KeyPair
    store: Store
    journal: Journal
    nonces: NonceCache
    sockets: ControlSockets
    network: HostNetwork
    until: asyncio.Event  # set when we shall end
    handing_over: asyncio.Event  # set if another daemon follows us
    clock: Callable[[], float]
    announcements: Announcements = field(default_factory=Announcements)  # of all its programs

    def surroundings(self, nursery: Nursery, runs: asyncio.TaskGroup, gate: Gate, keeper: Keeper) -> Surroundings:
        """Of its vessels."""
        settings = self.settings
        return Surroundings(
            store=self.store,
            nursery=nursery,
            sockets=self.sockets,
            journal=self.journal,
            tasks=runs,
            unwatched_limit=settings.unwatched_limit,
            log_bytes=settings.log_bytes,
            loopback_ports=settings.loopback_ports,
            reach_private_network=settings.reach_private_network,
            private_files=settings.folder / "private",
            preference=AddressPreference(
                addresses=settings.program_addresses,
                interfaces=settings.program_interfaces,
                only_these=settings.only_these_addresses,
            ),
            announcements=self.announcements,
            gate=gate,
            on_ended=keeper.note_ended,
            clock=self.clock,
        )

    def fetch_credential(self) -> FetchCredential:
        """From the enrolment service if there is one, else from a file that others write."""
        settings = self.settings
        if not settings.enrol_url:
            return KeptCredential(settings.credential_file, self.key.public, role=Role.NODE)
        return RenewedCredential(
            settings.credential_file,
            self.key,
            role=Role.NODE,
            url=settings.enrol_url,
            invitation=settings.invitation,
            ca_file=settings.ca_file,
        )


async def _live(node: _Node, ready: Callable[[], None]) -> None:
    settings, store = node.settings, node.store
    gate = Gate()
    vessels: dict[str, Vessel] = {}
    keeper = Keeper(
        gate=gate,
        store=store,
        vessels=vessels,
        policy_file=settings.policy_file,
        root=settings.computer,
        every=settings.look_every,
        clock=node.clock,
    )
    async with Nursery(settings.folder) as nursery, asyncio.TaskGroup() as runs:
        around = node.surroundings(nursery, runs, gate, keeper)
        root = settings.folder / "vessels"
        vessels |= {record.name: Vessel(record, root / record.name, around) for record in store.vessels()}
        node.announcements.vessels = vessels
        sweep(root, vessels)
        node.sockets.keep_only([name for vessel in vessels.values() if (name := vessel.unfinished_run)])
        try:
            async with keeper:  # before anything can be started
                walls, _ = await asyncio.gather(survey(), settle(list(vessels.values()), runs))
                running = [vessel.name for vessel in vessels.values() if vessel.running or not vessel.settled]
                node.journal.close_unseen(running=running, now=around.clock())
                where = Whereabouts(settings.addresses, node.network)
                facts = NodeFacts(node=node.key.public, version=version("seattle"), walls=walls, where=where)
                overview = Overview(facts=facts, store=store, vessels=vessels, folder=settings.folder, gate=gate)
                service = Service(
                    facts=facts,
                    store=store,
                    vessels=vessels,
                    division=Division(vessels, root, around),
                    gate=gate,
                    clock=node.clock,
                    trouble=partial(disk_trouble, settings.folder),
                )
                async with Control(settings.folder, _verbs(node, overview, keeper)):
                    await _serve(node, service, overview, keeper, around, ready)
        finally:  # a start that was under way may have come through after all others were stopped
            await _part(node, around, vessels.values())
            for vessel in vessels.values():
                vessel.let_go()


def _verbs(node: _Node, overview: Overview, keeper: Keeper) -> Verbs:
    """What can be asked on this computer."""
    verbs, reader = Verbs(), JournalReader(node.journal)
    verbs.add(END, Ending(node.until, node.handing_over).answer)
    verbs.add(STATUS, overview.status)
    add_donor_verbs(verbs, keeper)
    verbs.add(JOURNAL, reader.page)
    verbs.add(PROGRAM, reader.program)
    return verbs


async def _part(node: _Node, around: Surroundings, vessels: Collection[Vessel]) -> None:
    """Stop what runs if we were told to end; if another daemon follows us, or by mistake, we end alone."""
    around.ending.set()
    if node.until.is_set() and not node.handing_over.is_set():
        what = "node_ending"
        await stop_all(vessels, SHUTTING_DOWN)
    else:
        what = "node_handing_over"
    if not around.leaving.is_set():
        left = [vessel.name for vessel in vessels if vessel.running]
        log.info(what, node=node.key.id, still_running=left, for_seconds=around.unwatched_limit if left else 0)
    around.leaving.set()


async def _serve(
    node: _Node,
    service: Service,
    overview: Overview,
    keeper: Keeper,
    around: Surroundings,
    ready: Callable[[], None],
) -> None:
    """Serve on the fabric until we are told to end, then see to what runs before the last replies go out."""
    settings = node.settings
    fabric = NatsFabric(
        settings.fabric,
        node.key,
        node.fetch_credential(),
        name="node",
        backoff=Backoff(first=COMEBACK),
        ca_file=settings.ca_file,
        plain_anywhere=settings.plain_fabric,
    )
    fabric.on_connect(service.facts.where.connected)  # before the advertiser, which tells what is known then
    overview.disconnected = lambda: str(fabric.trouble or "")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(fabric.close)
        # Before the fabric closes: it waits for long polls, which wait for runs.
        stack.push_async_callback(_part, node, around, service.vessels.values())
        stack.callback(service.changes.close)
        await _before(node.until, _be_there(node, service, keeper, fabric, stack, ready))


async def _be_there(
    node: _Node, service: Service, keeper: Keeper, fabric: NatsFabric, stack: AsyncExitStack, ready: Callable[[], None]
) -> None:
    """Connect, answer and advertise, for as long as this task lives."""
    await _persist(fabric.connect)
    node.announcements.fabric = fabric
    readvertising = await _persist(lambda: fabric.subscribe(subjects.READVERTISE, node.announcements.readvertise))
    stack.push_async_callback(readvertising.stop)
    standing = await _persist(
        NodeServer(
            fabric,
            node.key,
            node.nonces,
            service,
            harmless=HARMLESS,
            reading=READING,
            knows=service.knows,
            shares_of=service.shares_of,
            of_strangers=Allowance(rate=RATE_OF_STRANGERS, burst=BURST_OF_STRANGERS),
            clock=node.clock,
        ).start
    )
    stack.push_async_callback(standing.stop)
    facts, donated = service.facts, _donated(node.store)
    advertiser = Advertiser(
        fabric,
        node.key,
        lambda: make_advert(
            node.store.vessels(),
            version=facts.version,
            where=facts.where,
            donated=donated,
            holding_back=keeper.gate.why,
        ),
    )
    service.changes.on_holders = advertiser.changed

    def tell_all() -> None:
        advertiser.changed()
        for record in node.store.vessels():
            service.changes.note(record.name, record.holders)

    keeper.on_change = tell_all
    log.info("node_ready", node=node.key.id, vessels=len(service.vessels))
    ready()
    await _persist(advertiser.run)


async def _persist(what: Callable[[], Awaitable[T]]) -> T:
    """Do it until it works: a broker may be away for as long as it likes, and who was refused may be let in later."""
    pause = CONNECT_AGAIN
    while True:
        try:
            return await what()
        except FabricError as why:
            log.warning("node_not_connected", code=why.code, error=str(why))
            await asyncio.sleep(pause)
            pause = min(2 * pause, REFUSED_AGAIN) if isinstance(why, EnrolmentRefused) else CONNECT_AGAIN


async def _before(until: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do `work` until the event, or to its end. Raises what it raises."""
    doing = asyncio.create_task(work)
    told = asyncio.create_task(until.wait())
    try:
        await asyncio.wait({doing, told}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
    finally:
        for task in (doing, told):
            task.cancel()
        await asyncio.wait({doing, told})


def _donated(store: Store) -> ResourceVector:
    """What all vessels have together, without ports."""
    whole = ResourceVector((0,) * len(store.vessels()[0].resources.steps))
    for vessel in store.vessels():
        whole += ResourceVector(vessel.resources.steps)
    return whole


def _nonces(path: Path) -> NonceCache:
    try:
        return NonceCache(path)
    except sqlite3.OperationalError:  # the disk, not the file
        raise
    except sqlite3.DatabaseError as why:
        raise FolderUnusable(
            f"{path} can't be used ({why}); without it, requests of the last half minute could be replayed: wait that "
            "long, then remove it"
        ) from why


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold a folder for this process. Raises FolderInUse at once if another has it."""
    fd = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as why:
            raise FolderInUse(f"another daemon works in {folder}: there is one for each node") from why
        yield
    finally:
        os.close(fd)
