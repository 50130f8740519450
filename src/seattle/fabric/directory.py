"""The directory: which nodes hold vessels for this key, and which nodes are there at all?

Any number of instances run side by side. Each hears all adverts and keeps them in memory; look-ups go to any one of
them (one queue group). A fresh instance asks all nodes to advertise again. A directory is trusted for availability
only: it answers with the adverts as the nodes signed them, and `DirectoryClient` checks each.

`seattle fabric directory` runs one.
"""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

import msgspec
import structlog
from msgspec import Meta

from seattle.fabric import subjects
from seattle.fabric.advert import MAX_AGE, MAX_AHEAD, Advert, open_advert, sign_advert
from seattle.fabric.advert_book import MAX_BYTES, MAX_NODES, AdvertBook, Page
from seattle.fabric.allowance import Allowance
from seattle.fabric.announcements import Announced, AnnouncementBook, FoundValues, LookUpValues
from seattle.fabric.connection import CALL_PATIENCE, Fabric, Standing
from seattle.fabric.errors import AdvertRefused, BadReply, BadRequest, ConnectionLost, FabricError, NoAnswer
from seattle.fabric.operations import encode, pack_answer, pack_refusal, unpack
from seattle.fabric.session import Message
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.unreadable import UNREADABLE

ADVERTISE_EVERY: Final = 60.0  # seconds, with jitter: two may be lost before a node is forgotten
READVERTISE_SPREAD: Final = 5.0  # seconds over which nodes answer a fresh directory
CHANGE_PAUSE: Final = 0.5  # seconds between adverts, however often something changes
EXPIRE_EVERY: Final = MAX_AGE / 6  # seconds
LOOKUPS_AT_ONCE: Final = 64
LOOKUP_RATE: Final = 50.0  # pages a second that one caller gets
LOOKUP_BURST: Final = 1000.0  # pages at once; as many as there are in a directory of 10,000 nodes or more
ADVERT_RATE: Final = 2.0  # adverts a second of one node: twice what `CHANGE_PAUSE` allows an honest one
ADVERT_BURST: Final = 20.0
ANNOUNCE_RATE: Final = 50.0  # messages a second of one node, with announcements of all its programs
ANNOUNCE_BURST: Final = 200.0
FIRST_TRY: Final = 2.0  # seconds for an instance to answer, after which another is asked
MAX_PAGES: Final = 10_000  # a client asks for no more: a directory must not keep it busy for ever

Wanted = TypeVar("Wanted", bound=msgspec.Struct)

log = structlog.get_logger()


class LookUp(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ask for the nodes that hold vessels for a key; for all nodes when there is no key."""

    principal: Annotated[str, Meta(max_length=56)] = ""
    after: Annotated[str, Meta(max_length=56)] = ""  # the id at which the last page ended


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Signed adverts, in order of node ids."""

    adverts: list[bytes] = []
    after: str = ""  # where to go on; empty at the end


class Directory:
    """One instance. `start` it over a fabric that has the role of a service.

    Args:
        fabric: connected.
        clock: seconds since 1970.
    """

    def __init__(
        self, fabric: Fabric, *, book: AdvertBook | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.book = AdvertBook() if book is None else book
        self.announcements = AnnouncementBook()
        self.news = asyncio.Event()  # set whenever a node has told us something; whoever waits clears it
        self._fabric = fabric
        self._clock = clock
        self._lookups = Allowance(rate=LOOKUP_RATE, burst=LOOKUP_BURST)
        self._adverts = Allowance(rate=ADVERT_RATE, burst=ADVERT_BURST, max_callers=MAX_NODES)
        self._announced = Allowance(rate=ANNOUNCE_RATE, burst=ANNOUNCE_BURST, max_callers=MAX_NODES)
        self._standing: list[Standing] = []
        self._connected = asyncio.Event()
        fabric.on_connect(lambda _: self._connected.set())

    async def start(self) -> None:
        """Hear adverts, ask all nodes for theirs, then answer look-ups."""
        self._standing.append(await self._fabric.subscribe(subjects.advert("*"), self._heard))
        self._standing.append(await self._fabric.subscribe(subjects.announce("*"), self._heard_announcements))
        await self._fabric.publish(subjects.READVERTISE, b"")
        for subject in (subjects.lookup("*"), subjects.live("*")):
            self._standing.append(
                await self._fabric.serve(subject, self._answer, queue=subjects.DIRECTORY, at_once=LOOKUPS_AT_ONCE)
            )
        self._standing.append(
            await self._fabric.serve(
                subjects.values("*"), self._answer_values, queue=subjects.DIRECTORY, at_once=LOOKUPS_AT_ONCE
            )
        )
        log.info("directory_started")

    async def stop(self) -> None:
        """Stop answering, then hearing."""
        while self._standing:
            await self._standing.pop().stop()

    async def keep(self) -> None:
        """Keep the book up to date, for as long as this task lives."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._forget_old(), name="forget old adverts")
            group.create_task(self._catch_up(), name="catch up after each connect")

    async def _catch_up(self) -> None:
        """Ask all nodes for their adverts once more after each connect: some may have spoken before we listened."""
        while True:
            await self._connected.wait()
            self._connected.clear()
            try:
                await self._fabric.publish(subjects.READVERTISE, b"")
            except FabricError as why:  # then there will be another connect
                log.warning("readvertise_not_published", code=why.code, error=str(why))

    async def _forget_old(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_EVERY)
            self.announcements.expire(self._clock())
            if gone := self.book.expire(self._clock()):
                log.info("adverts_expired", count=gone, nodes=len(self.book))

    async def run(self) -> None:
        """Be a directory for as long as this task lives."""
        await self.start()
        try:
            await self.keep()
        finally:
            await self.stop()

    async def _heard(self, message: Message) -> None:
        publisher = subjects.publisher_of(message.subject)
        if not self._adverts.take(publisher):
            return
        try:
            self.book.accept(message.body, publisher=publisher, now=self._clock())
        except AdvertRefused as why:
            log.info("advert_refused", code=why.code, publisher=publisher)
        else:
            self.news.set()

    async def _heard_announcements(self, message: Message) -> None:
        publisher = subjects.publisher_of(message.subject)
        if not self._announced.take(publisher):
            return
        try:
            announced = msgspec.msgpack.decode(message.body, type=Announced).announcements
        except UNREADABLE:
            log.info("announcements_refused", publisher=publisher)
            return
        if refused := self.announcements.accept(publisher, announced, now=self._clock()):
            log.warning("announcements_full", publisher=publisher, refused=refused)
        self.news.set()

    async def _answer_values(self, message: Message) -> bytes | None:
        def find(wanted: LookUpValues) -> FoundValues:
            return FoundValues(values=self.announcements.lookup(wanted.key, most=wanted.most, now=self._clock()))

        return self._look_up(message, LookUpValues, find)

    async def _answer(self, message: Message) -> bytes | None:
        def find(wanted: LookUp) -> Found:
            page = self._find(wanted, everyone=message.subject == subjects.live(subjects.caller_of(message.subject)))
            return Found(adverts=page.wires, after=page.after)

        return self._look_up(message, LookUp, find)

    def _look_up(self, message: Message, kind: type[Wanted], find: Callable[[Wanted], msgspec.Struct]) -> bytes | None:
        """The packed answer to a look-up of this kind; None for who asks too much, or for another's inbox."""
        caller = subjects.caller_of(message.subject)
        if not self._lookups.take(caller) or not subjects.is_inbox_of(message.reply, caller):
            return None
        try:
            wanted = msgspec.msgpack.decode(message.body, type=kind)
        except UNREADABLE as why:
            refusal = BadRequest(f"this is not a look-up: {why}")
            return pack_refusal(refusal.code, refusal.message)
        return pack_answer(encode(find(wanted)))

    def _find(self, wanted: LookUp, *, everyone: bool) -> Page:
        now = self._clock()
        if everyone:
            return self.book.live(now=now, after=wanted.after)
        return self.book.lookup(wanted.principal, now=now, after=wanted.after)


class DirectoryClient:
    """Asks the directory, and believes only what nodes signed.

    Args:
        fabric: connected, as a user or a service.
        most: bytes of adverts that are taken in one answer, all its pages together; no directory keeps more.
        clock: seconds since 1970.
    """

    def __init__(self, fabric: Fabric, *, most: int = MAX_BYTES, clock: Callable[[], float] = time.time) -> None:
        self._fabric = fabric
        self._most = most
        self._clock = clock

    async def lookup(self, principal: PublicKey, *, within: float = CALL_PATIENCE) -> list[Advert]:
        """Adverts of the nodes that hold vessels for this key. Raises FabricError."""
        found = await self._all(subjects.lookup(self._fabric.id), principal.id, within)
        return [advert for advert in found if principal.id in advert.vessels]

    async def live(self, *, within: float = CALL_PATIENCE) -> list[Advert]:
        """Adverts of all live nodes. Raises FabricError."""
        return await self._all(subjects.live(self._fabric.id), "", within)

    async def _all(self, subject: str, principal: str, within: float) -> list[Advert]:
        adverts: dict[str, Advert] = {}
        after, size = "", 0
        for _ in range(MAX_PAGES):
            request = encode(LookUp(principal=principal, after=after))
            body = unpack(await self._ask(subject, request, within))
            try:
                found = msgspec.msgpack.decode(body, type=Found)
            except UNREADABLE as why:
                raise BadReply("the directory's reply is not of the form expected") from why
            size += sum(map(len, found.adverts))
            if size > self._most:  # nodes are easily made up: whoever answers can tell of any number
                raise BadReply(f"the directory tells of nodes without end: {self._most} bytes are taken")
            adverts |= {advert.node: advert for advert in self._believed(found)}
            if not found.after:
                return list(adverts.values())
            if found.after <= after:
                raise BadReply("the directory goes in circles")
            after = found.after
        raise BadReply(f"the directory has no end after {MAX_PAGES} pages")

    async def _ask(self, subject: str, request: bytes, within: float) -> bytes:
        """Twice, since one of several instances may end with our question in its hands."""
        first = min(FIRST_TRY, within / 2)
        try:
            return await self._fabric.call(subject, request, within=first)
        except (NoAnswer, ConnectionLost):
            return await self._fabric.call(subject, request, within=within - first)

    def _believed(self, found: Found) -> list[Advert]:
        believed = []
        for wire in found.adverts:
            try:
                believed.append(open_advert(wire, now=self._clock()))
            except AdvertRefused as why:
                log.warning("directory_told_untruth", code=why.code)
        return believed


class Advertiser:
    """Publishes a node's advert: every minute, at once on a change or a connect, and when a directory asks.

    Args:
        fabric: connected as the node.
        key: the node's key pair, which signs.
        describe: the advert of this moment; `issued_at` and `node` are set here.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        fabric: Fabric,
        key: KeyPair,
        describe: Callable[[], Advert],
        *,
        every: float = ADVERTISE_EVERY,
        spread: float = READVERTISE_SPREAD,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        self._fabric = fabric
        self._key = key
        self._describe = describe
        self._every = every
        self._spread = spread
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - jitter, not secrets
        self._due = asyncio.Event()
        fabric.on_connect(lambda _: self.changed())  # we may be somewhere else now, or be thought gone
        self._asked = asyncio.Event()
        self._latest = 0.0

    def changed(self) -> None:
        """Something changed: advertise at once."""
        self._due.set()

    async def run(self) -> None:
        """Advertise for as long as this task lives."""
        asked = await self._fabric.subscribe(subjects.READVERTISE, self._readvertise)
        try:
            while True:
                self._due.clear()
                self._asked.clear()
                await self._publish()
                await asyncio.sleep(CHANGE_PAUSE)  # a change meanwhile is not lost: its flag stays up
                await self._wait()
        finally:
            await asked.stop()

    async def _readvertise(self, _: Message) -> None:
        self._asked.set()

    async def _wait(self) -> None:
        """Until a change, a time after being asked, or the next regular advert."""
        changed = asyncio.create_task(self._due.wait())
        asked = asyncio.create_task(self._asked.wait())
        try:
            regular = self._every * self._rng.uniform(0.8, 1.0)
            done, _ = await asyncio.wait({changed, asked}, timeout=regular, return_when=asyncio.FIRST_COMPLETED)
            if asked in done and changed not in done:
                await asyncio.wait({changed}, timeout=self._rng.uniform(0, self._spread))
        finally:
            changed.cancel()
            asked.cancel()

    async def _publish(self) -> None:
        # Strictly later than the last: two adverts within one tick must still have an order. But where the clock was
        # set back by more than directories put up with, they have refused those before, and would refuse later ones.
        now = self._clock()
        self._latest = now if self._latest > now + MAX_AHEAD else max(now, self._latest + 1e-6)
        advert = msgspec.structs.replace(self._describe(), node=self._key.id, issued_at=self._latest)
        try:
            await self._fabric.publish(subjects.advert(self._key.id), sign_advert(advert, self._key))
        except FabricError as why:  # the next one is never far
            log.warning("advert_not_published", code=why.code, error=str(why))
