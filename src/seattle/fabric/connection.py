"""The narrow interface to the fabric, and its implementation over NATS: a connection that is kept alive.

`NatsFabric` runs one supervisor task. It opens a `Session`, subscribes anew to all that was asked for, and
when the session is lost opens another, with growing pauses and jitter. Shortly before the credential ends it
fetches a fresh one and changes over: the new session is up before the old one retires, so calls under way are
not disturbed.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

import structlog

from seattle.fabric.brokers import check_brokers, client_tls
from seattle.fabric.enrolment import validity
from seattle.fabric.errors import (
    ConnectionLost,
    CredentialRefused,
    EnrolmentRefused,
    FabricError,
    NoAnswer,
    NotConnected,
    ServerTooOld,
)
from seattle.fabric.nats_py import Subscription
from seattle.fabric.session import Message, Session, open_session
from seattle.identity.keys import KeyPair

CALL_PATIENCE: Final = 10.0  # seconds
FETCH_PATIENCE: Final = 30.0  # seconds for a fresh credential
HANDLERS: Final = 64  # requests of one `serve` that are worked on at a time
GRACE: Final = 30.0  # seconds that what is under way may take when a session retires; more than a long poll
STEADY: Final = 60.0  # seconds after which a connection counts as a good one, and pauses start small again
SERVERS: Final = "servers"  # queue group of `serve`: while two sessions overlap, each request is served once

Answer = Callable[[Message], Awaitable[bytes | None]]
Receive = Callable[[Message], Awaitable[None]]
FetchCredential = Callable[[], Awaitable[str]]
Connected = Callable[[str], None]

log = structlog.get_logger()


class Standing(Protocol):
    """A subscription that stands, whatever the connection does, until it is stopped."""

    async def stop(self) -> None:
        """Stop receiving."""


class Fabric(Protocol):
    """All that the rest of Seattle knows of the transport. Every method may raise FabricError."""

    @property
    def id(self) -> str:
        """Who we are to the fabric: the id of our key."""

    async def connect(self) -> None:
        """Connect; from now on the connection is kept."""

    async def close(self) -> None:
        """Let what is under way end, within a bound, and disconnect."""

    def on_connect(self, listener: Connected) -> None:
        """Have `listener` called at each connect, with our address as the broker sees it or an empty text."""

    async def call(self, subject: str, body: bytes, *, within: float = CALL_PATIENCE) -> bytes:
        """Send a request and return its reply. `within` is in seconds.

        Raises NobodyThere at once if nobody serves the subject, NotPermitted if we may not ask, NoAnswer when
        the time is up, ConnectionLost if the connection ended meanwhile: then it may have been served or not.
        """

    async def serve(self, subject: str, answer: Answer, *, queue: str = SERVERS, at_once: int = HANDLERS) -> Standing:
        """Answer requests with what `answer` returns (None: no answer), at most `at_once` at a time."""

    async def publish(self, subject: str, body: bytes) -> None:
        """Send a message to whoever listens; return when the broker has taken it."""

    async def subscribe(self, subject: str, receive: Receive) -> Standing:
        """Receive messages in order. One may be missed, or come twice, when the connection changes."""


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Pauses between attempts to connect, in seconds: twice as long each time, spread at random over all of that.

    A broker that restarts has all its clients coming back: the wider they spread, the fewer come in vain.
    """

    first: float = 0.2
    longest: float = 30.0

    def pause(self, attempt: int, rng: random.Random) -> float:
        """How long to wait after this attempt; attempts count from 0."""
        return min(self.longest, self.first * (1 << min(attempt, 16))) * rng.uniform(0.05, 1.0)


@dataclass(eq=False)
class _Standing:
    """A subscription, and what it is in the session of the moment."""

    fabric: "NatsFabric"
    subject: str
    queue: str
    receive: Callable[[Session, Message], Awaitable[None]]
    current: tuple[Session, Subscription] | None = None

    async def attach(self, session: Session) -> None:
        self.current = (session, await session.subscribe(self.subject, self.queue, self.receive))

    async def stop(self) -> None:
        """Stop receiving."""
        await self.fabric.drop(self)


class NatsFabric:
    """A `Fabric` over NATS. Use it with `async with`, or `connect` and `close` it.

    Args:
        urls: brokers of one cluster (`tls://host:port`; `nats://host:port` on loopback). Raises NotABroker.
        key: who we are; it signs the broker's nonce at each connect.
        fetch_credential: returns a credential for this key, a fresh one whenever it is asked.
        name: shown by the broker's monitoring.
        ca_file: the authorities (PEM) by which brokers are checked; None for those of this system.
        plain_anywhere: whether `nats://` may leave this computer.
        patience: seconds that `connect` tries for.
        grace: seconds that calls and answers under way may take when a connection is given up or closed.
    """

    def __init__(
        self,
        urls: Sequence[str],
        key: KeyPair,
        fetch_credential: FetchCredential,
        *,
        name: str = "seattle",
        ca_file: Path | None = None,
        plain_anywhere: bool = False,
        patience: float = 10.0,
        grace: float = GRACE,
        backoff: Backoff = Backoff(),
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        check_brokers(urls, plain_anywhere=plain_anywhere)
        self._urls = list(urls)
        self._key = key
        self._fetch = fetch_credential
        self._name = name
        self._ca_file = ca_file
        self._patience = patience
        self._grace = grace
        self._backoff = backoff
        self._listeners: list[Connected] = []
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - jitter, not secrets
        self._session: Session | None = None
        self._connected = asyncio.Event()
        self._changing = asyncio.Lock()  # sessions and subscriptions change one at a time
        self._standing: list[_Standing] = []
        self._closing = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup | None = None
        self._work: set[asyncio.Task[None]] = set()  # requests that are being answered
        self._trouble: FabricError | None = None
        self._refused = False  # the latest credential, by the broker

    @property
    def id(self) -> str:
        """Who we are to the fabric."""
        return self._key.id

    @property
    def trouble(self) -> FabricError | None:
        """Why there is no connection at the moment, or None."""
        return None if self._connected.is_set() else self._trouble

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def connect(self) -> None:
        """Connect.

        Raises what the last attempt raised if there is no connection after `patience` seconds, and at once where
        another attempt would end as this one did: a broker too old, or a no to our key or our credential.
        """
        if self._supervisor is not None:
            return
        self._closing.clear()
        self._supervisor = asyncio.create_task(self._supervise(), name="fabric supervisor")
        ready = asyncio.create_task(self._connected.wait())
        try:
            await asyncio.wait({ready, self._supervisor}, timeout=self._patience, return_when="FIRST_COMPLETED")
        finally:
            ready.cancel()
            if not self._connected.is_set():
                await self.close()
        if not self._connected.is_set():
            raise self._trouble or NotConnected(f"no broker answered within {self._patience:g} s")

    async def close(self) -> None:
        """Let what is under way end, for at most `grace` seconds, and disconnect. Closing twice is fine."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is None:
            return
        self._closing.set()
        if self._session is None:
            supervisor.cancel()  # it may be in the midst of an attempt
        try:
            await asyncio.shield(supervisor)
        except asyncio.CancelledError:
            if not supervisor.done():  # not it but we are cancelled: no time for manners
                supervisor.cancel()
                raise

    def on_connect(self, listener: Connected) -> None:
        """See `Fabric.on_connect`."""
        self._listeners.append(listener)

    async def call(self, subject: str, body: bytes, *, within: float = CALL_PATIENCE) -> bytes:
        """See `Fabric.call`."""
        session = None
        try:
            async with asyncio.timeout(within):
                session = await self._ready()
                return await session.call(subject, body)
        except TimeoutError as why:
            if session is None:
                raise self._no_connection() from why
            raise NoAnswer(subject, within=within) from why

    async def publish(self, subject: str, body: bytes) -> None:
        """See `Fabric.publish`."""
        try:
            async with asyncio.timeout(CALL_PATIENCE):
                session = await self._ready()
                await session.publish(subject, body)
        except TimeoutError as why:
            raise self._no_connection() from why

    async def serve(self, subject: str, answer: Answer, *, queue: str = SERVERS, at_once: int = HANDLERS) -> Standing:
        """See `Fabric.serve`."""
        slots = asyncio.Semaphore(at_once)

        async def work(session: Session, message: Message) -> None:
            try:
                with session.at_work():
                    reply = await answer(message)
                    if reply is not None and message.reply:
                        await session.answer(message, reply)
            except ConnectionLost:
                log.info("fabric_answer_lost", subject=message.subject)
            except Exception:
                log.exception("fabric_handler_failed", subject=message.subject)
            finally:
                slots.release()

        async def receive(session: Session, message: Message) -> None:
            await slots.acquire()  # while all are busy, messages wait in the subscription
            if self._group is None:
                slots.release()
                return
            task = self._group.create_task(work(session, message), name=f"serve {message.subject}")
            self._work.add(task)
            task.add_done_callback(self._work.discard)

        return await self._stand(_Standing(self, subject, queue, receive))

    async def subscribe(self, subject: str, receive: Receive) -> Standing:
        """See `Fabric.subscribe`."""

        async def received(session: Session, message: Message) -> None:
            with session.at_work():
                try:
                    await receive(message)
                except Exception:
                    log.exception("fabric_receiver_failed", subject=message.subject)

        return await self._stand(_Standing(self, subject, "", received))

    async def drop(self, standing: _Standing) -> None:
        """Stop receiving what was asked for."""
        async with self._changing:
            if standing in self._standing:
                self._standing.remove(standing)
            current, standing.current = standing.current, None
        if current is not None:
            session, subscription = current
            await session.unsubscribe(subscription)

    async def _stand(self, standing: _Standing) -> Standing:
        try:
            async with asyncio.timeout(CALL_PATIENCE):
                session = await self._ready()
                async with self._changing:
                    await standing.attach(self._session or session)
                    self._standing.append(standing)
        except TimeoutError as why:
            raise self._no_connection() from why
        return standing

    async def _ready(self) -> Session:
        if self._supervisor is None:
            raise NotConnected("this fabric is not connected: call connect() first")
        while True:
            self._note_loss()
            if self._session is not None:
                return self._session
            await self._connected.wait()

    def _no_connection(self) -> NotConnected:
        return NotConnected(f"there is no connection to a broker: {self._trouble or 'it does not answer'}")

    async def _supervise(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                await self._keep_connected(group)
        finally:
            self._group = None
            self._disconnected()

    async def _keep_connected(self, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        attempt = 0
        first = True
        try:
            while not self._closing.is_set():
                began = loop.time()
                try:
                    session, due = await self._open(group)
                except FabricError as why:
                    self._trouble = why
                    log.warning("fabric_connect_failed", code=why.code, error=str(why), attempt=attempt)
                    if first and (isinstance(why, ServerTooOld | EnrolmentRefused) or self._refused_again(why)):
                        return  # trying again changes nothing; once it has worked, it may work again
                else:
                    first = False
                    log.info("fabric_connected", id=self.id)
                    # A broker that says it leaves is left in good order, yet after a pause: it may say so at once.
                    if await self._until_due(session, due) and not session.leaving.is_set():
                        attempt = 0
                        continue
                self._note_loss()
                if loop.time() - began > STEADY:
                    attempt = 0
                # Also after a connection that was fine: a broker that restarts has all its clients coming back.
                await self._sleep(self._backoff.pause(attempt, self._rng))
                attempt += 1
        finally:
            last = self._session
            self._disconnected()
            if last is not None:
                await last.retire(self._grace if self._closing.is_set() else 0)
            for task in self._work:  # their time is up, and nobody is left to hear them
                task.cancel()

    def _refused_again(self, why: FabricError) -> bool:
        """Whether the broker took neither this credential nor an earlier one: one from a file may be out of date.

        In between it may have hung up before its word was heard, which says neither yes nor no.
        """
        if not isinstance(why, CredentialRefused):
            return False
        before, self._refused = self._refused, True
        return before

    def _note_loss(self) -> None:
        """Let go of a session whose connection is lost: the supervisor does, or a call that comes before it runs."""
        if self._session is not None and self._session.lost.is_set():
            self._trouble = self._session.reason
            log.warning("fabric_disconnected", error=str(self._session.reason))
            self._disconnected()

    def _disconnected(self) -> None:
        self._session = None
        self._connected.clear()

    async def _open(self, group: asyncio.TaskGroup) -> tuple[Session, float]:
        """Change over to a session with a fresh credential and all subscriptions; also return its life in seconds."""
        credential = await self._credential()
        valid = validity(credential)
        tls = await asyncio.to_thread(client_tls, self._urls, self._ca_file)
        session = await open_session(self._urls, self._key, credential, name=self._name, tls=tls)
        async with self._changing:
            try:
                for standing in self._standing:
                    await self._reattach(standing, session)
            except BaseException:
                await session.close()
                raise
            old, self._session = self._session, session
        self._connected.set()
        for listener in self._listeners:
            listener(session.seen_as)
        if old is not None:
            group.create_task(old.retire(self._grace), name="retire a session")
        # Early enough for some failed attempts, spread so that a thousand nodes don't come at the same moment, and
        # not at once even if our clock is so wrong that a fresh credential looks spent.
        lifetime = valid.exp - valid.iat
        remaining = valid.exp - lifetime * self._rng.uniform(0.2, 0.4) - self._clock()
        return session, max(remaining, lifetime * 0.1)

    async def _credential(self) -> str:
        try:
            async with asyncio.timeout(FETCH_PATIENCE):
                return await self._fetch()
        except TimeoutError as why:
            raise NotConnected(f"no credential came within {FETCH_PATIENCE:g} s") from why
        except FabricError:
            raise
        except Exception as why:  # whatever the caller's function may raise: the next attempt may have it
            raise NotConnected(f"no credential could be had: {why}") from why

    async def _reattach(self, standing: _Standing, session: Session) -> None:
        try:
            await standing.attach(session)
        except ConnectionLost:
            raise
        except FabricError as why:
            log.warning("fabric_subscription_refused", subject=standing.subject, error=str(why))

    async def _until_due(self, session: Session, due: float) -> bool:
        """Wait until the session is to be replaced: then it is still up. False when it is lost, or we close."""
        events = (session.lost, self._closing, session.leaving)
        waits = [asyncio.create_task(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, timeout=due, return_when=asyncio.FIRST_COMPLETED)
            return not session.lost.is_set() and not self._closing.is_set()
        finally:
            for wait in waits:
                wait.cancel()

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()
