"""One connection to a broker with one credential, from its start to its end. It never reconnects by itself.

nats-py does the wire; three things it leaves open are settled here. A permission error arrives some time
after the call that caused it: it becomes the failure of that call. A lost connection fails the calls that
wait on it, at once. And a subscription or message counts as taken only when the broker has had the chance to
refuse it.
"""

import asyncio
import base64
import contextlib
import re
import secrets
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import structlog

from seattle.fabric import subjects
from seattle.fabric.errors import (
    ConnectionFailed,
    ConnectionLost,
    CredentialRefused,
    FabricError,
    NobodyThere,
    NotASubject,
    NotPermitted,
    ServerTooOld,
    TooLarge,
)
from seattle.fabric.nats_py import Msg, Subscription
from seattle.fabric.nats_py import errors as nats_errors
from seattle.fabric.unreachable import reason
from seattle.fabric.wire import STATUS, GuardedClient, safe_nonce
from seattle.identity.keys import KeyPair

NEEDED_VERSION: Final = (2, 14, 3)
# Seconds, long: when a broker restarts, thousands come at once and all are slow. Who gives up too soon comes again, and
# all that was done for the first attempt was for nothing.
CONNECT_PATIENCE: Final = 20.0
STEP_PATIENCE: Final = 8  # of each step, so that a broker that can't be reached leaves time for another of its cluster
# A broker that refuses a credential says so and hangs up. nats-py writes once more before it reads, and if that meets
# the closed connection, what the broker said is lost. So a broker that hangs up is asked again, so many times in all.
HANG_UPS: Final = 4
NEVER: Final = 10**9  # seconds; the pings decide when a connection is dead
CONFIRM_PATIENCE: Final = 10  # seconds for the broker to take what it was sent
DRAIN_PATIENCE: Final = 5.0  # seconds for messages that have arrived but were not looked at yet
FAILED_PATIENCE: Final = 0.2  # seconds to close what did not come to be; nats-py waits for a TLS that is not there
PING_INTERVAL: Final = 20  # seconds; after two without an answer the connection is given up
BACKLOG: Final = 4 * 1024 * 1024  # bytes not yet handed to the socket, beyond which senders wait
PENDING_MESSAGES: Final = 4096  # of one subscription; beyond, messages are dropped, and the log says so
PENDING_BYTES: Final = 64 * 1024 * 1024
NO_RESPONDERS: Final = "503"

_REFUSED = re.compile(r'permissions violation for (publish|subscription)[^"]*"([^"]*)"')  # nats-py lowers the case

log = structlog.get_logger()


@dataclass(frozen=True)
class Message:
    """What was received."""

    subject: str
    body: bytes
    reply: str  # where an answer goes; empty when none is wanted


Receive = Callable[["Session", Message], Awaitable[None]]


class _Act(StrEnum):
    """What the broker may refuse, in its own words."""

    PUBLISH = "publish"
    SUBSCRIBE = "subscription"


@dataclass(eq=False)
class _Waiting:
    """Someone who waits for the broker: for a reply, or for the end of what it may refuse."""

    act: _Act
    subject: str
    outcome: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def fail(self, why: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(why)
            # whoever waited may have been cancelled: then nobody will ask, and that's fine
            self.outcome.exception()


class Session:
    """One connection. Made by `open_session`.

    Attributes:
        lost: set when the connection has ended, by whatever cause; `reason` tells.
        leaving: set when the broker says that it will soon go: time to move to another.
    """

    def __init__(self, client: GuardedClient, own_id: str) -> None:
        self.lost = asyncio.Event()
        self.leaving = asyncio.Event()
        self.reason: FabricError = ConnectionLost("the connection to the broker was closed")
        self._client = client
        self._id = own_id
        self._secret = secrets.token_urlsafe(16)  # nobody can write to our inbox before we have called them
        self._waiting: set[_Waiting] = set()
        self._calls: dict[str, _Waiting] = {}  # by the last token of their reply address
        self._count = 0
        self._inbox_lock = asyncio.Lock()
        self._inbox: Subscription | None = None
        self._subscriptions: list[Subscription] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def seen_as(self) -> str:
        """Our address as the broker sees it, by its word alone; empty if it does not tell."""
        return self._client.client_ip or ""

    async def call(self, subject: str, body: bytes) -> bytes:
        """Send a request and wait for its reply; the caller bounds the wait.

        Raises NobodyThere and NotPermitted at once, and ConnectionLost when the connection ends meanwhile.
        """
        with self.at_work(), self._wait(_Act.PUBLISH, subject) as waiting:
            await self._open_inbox()
            self._count += 1
            token = str(self._count)
            self._calls[token] = waiting
            try:
                reply = subjects.inbox(self._id, subjects.answerer(subject), f"{self._secret}.{token}")
                await self._send(subject, body, reply)
                return await waiting.outcome
            finally:
                del self._calls[token]

    async def publish(self, subject: str, body: bytes) -> None:
        """Send a message; return when the broker has taken it. Raises NotPermitted."""
        with self.at_work(), self._wait(_Act.PUBLISH, subject) as waiting:
            await self._send(subject, body, "")
            await self._confirm(waiting)

    async def gather(self, subject: str, body: bytes, *, quiet: float, within: float, most: int) -> list[bytes]:
        """Send a request that many answer; return what came until there were `most`, or none for `quiet` seconds.

        `within` bounds it all, in seconds. Raises NotPermitted, ConnectionLost.
        """
        answers: asyncio.Queue[bytes] = asyncio.Queue(most)

        async def received(message: Msg) -> None:
            if not answers.full() and not message.headers:  # the broker's "nobody is there" has headers
                answers.put_nowait(message.data)

        reply = subjects.inbox(self._id, "all", f"{self._secret}.1")
        subscription = await self._subscribe(reply, "", received)
        gathered: list[bytes] = []
        try:
            with self._wait(_Act.PUBLISH, subject) as waiting:
                await self._send(subject, body, reply)
                await self._confirm(waiting)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    while len(gathered) < most:
                        gathered.append(await asyncio.wait_for(answers.get(), quiet))
        finally:
            await self._client_unsubscribe(subscription)
        return gathered

    async def _client_unsubscribe(self, subscription: Subscription) -> None:
        with contextlib.suppress(nats_errors.Error):
            await subscription.unsubscribe()

    async def answer(self, message: Message, body: bytes) -> None:
        """Send the reply to a message that this session received."""
        await self._send(message.reply, body, "")

    async def subscribe(self, subject: str, queue: str, receive: Receive) -> Subscription:
        """Have `receive` awaited with each message, one at a time. Raises NotPermitted."""

        async def received(message: Msg) -> None:
            await receive(self, Message(message.subject, message.data, message.reply))

        subscription = await self._subscribe(subject, queue, received)
        self._subscriptions.append(subscription)
        return subscription

    async def unsubscribe(self, subscription: Subscription) -> None:
        """Stop receiving. Messages that have arrived are still handed over, within a bound."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
        if not self.lost.is_set():
            drain = self._background(subscription.drain())  # type: ignore[no-untyped-call]  # nats-py left it so
            await asyncio.wait({drain}, timeout=DRAIN_PATIENCE)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """While inside, `retire` waits."""
        self._busy += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def retire(self, grace: float) -> None:
        """Take nothing new, let what is under way end for at most `grace` seconds, then close."""
        try:
            if not self.lost.is_set():
                async with asyncio.TaskGroup() as group:
                    for subscription in list(self._subscriptions):
                        group.create_task(self.unsubscribe(subscription))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(grace):
                        await self._idle.wait()
                await asyncio.wait({self._flush()}, timeout=DRAIN_PATIENCE)  # the last answers
        finally:
            await self.close()

    async def close(self, *, within: float = DRAIN_PATIENCE) -> None:
        """Close now. Calls under way fail with ConnectionLost."""
        with contextlib.suppress(nats_errors.Error, OSError, TimeoutError):
            async with asyncio.timeout(within):
                await self._client.close()
        self.end(self.reason)

    def end(self, reason: FabricError) -> None:
        """The connection has ended: tell everyone who waits."""
        if not self.lost.is_set():
            self.reason = reason
            self.lost.set()
        for task in self._tasks:
            task.cancel()
        for waiting in list(self._waiting):
            waiting.fail(ConnectionLost(f"the connection was lost during the call to {waiting.subject}: {self.reason}"))

    def refused(self, act: str, subject: str) -> None:
        """The broker refused something: tell those who did it. `subject` is in lower case."""
        culprits = [one for one in self._waiting if one.act == act and one.subject.lower() == subject]
        for waiting in culprits:
            verb = "publish to" if waiting.act is _Act.PUBLISH else "subscribe to"
            waiting.fail(NotPermitted(f"the broker does not let this principal {verb} {waiting.subject}"))
        if not culprits:
            log.warning("fabric_permission_refused", act=act, subject=subject)

    @contextlib.contextmanager
    def _wait(self, act: _Act, subject: str) -> Iterator[_Waiting]:
        if self.lost.is_set():
            raise ConnectionLost(f"there is no connection for the call to {subject}: {self.reason}")
        waiting = _Waiting(act, subject)
        self._waiting.add(waiting)
        try:
            yield waiting
        finally:
            self._waiting.discard(waiting)

    async def _open_inbox(self) -> None:
        async with self._inbox_lock:
            if self._inbox is None:
                mine = subjects.inbox(self._id, "*", f"{self._secret}.*")
                self._inbox = await self._subscribe(mine, "", self._replied)

    async def _replied(self, message: Msg) -> None:
        waiting = self._calls.get(message.subject.rsplit(".", 1)[1])
        if waiting is None or waiting.outcome.done():
            return  # too late, or nobody asked
        if subjects.answerer_of_reply(message.subject) != subjects.answerer(waiting.subject):
            # The broker lets each answerer write under its own name only, but it may guess another's number.
            waiting_for = subjects.answerer(waiting.subject)
            log.warning("fabric_reply_by_another", subject=message.subject, expected=waiting_for)
        elif (message.headers or {}).get(STATUS) == NO_RESPONDERS:
            # The broker says so at the very address that we gave; members can send such a header, too.
            waiting.fail(NobodyThere(waiting.subject))
        else:
            waiting.outcome.set_result(message.data)

    async def _subscribe(self, subject: str, queue: str, received: Callable[[Msg], Awaitable[None]]) -> Subscription:
        with self._wait(_Act.SUBSCRIBE, subject) as waiting:
            with _translated(self):
                subscription = await self._client.subscribe(
                    subject,
                    queue=queue,
                    cb=received,
                    pending_msgs_limit=PENDING_MESSAGES,
                    pending_bytes_limit=PENDING_BYTES,
                )
            try:
                await self._confirm(waiting)
            except BaseException:
                await self._client_unsubscribe(subscription)
                raise
            return subscription

    async def _send(self, subject: str, body: bytes, reply: str) -> None:
        if len(body) > self._client.max_payload:
            raise TooLarge(len(body), limit=self._client.max_payload)
        with _translated(self):
            if self._client.pending_data_size > BACKLOG:
                await asyncio.shield(self._flush())
            await self._client.publish(subject, body, reply)

    async def _confirm(self, waiting: _Waiting) -> None:
        """Return when the broker has dealt with all that was sent; raise if it refused what `waiting` did."""
        flush: asyncio.Future[Any] = self._flush()
        refusal: asyncio.Future[Any] = waiting.outcome
        await asyncio.wait({flush, refusal}, timeout=CONFIRM_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if refusal.done():
            await refusal
        if not flush.done():
            raise ConnectionLost(f"the broker did not confirm within {CONFIRM_PATIENCE:g} s")
        with _translated(self):
            await flush

    def _flush(self) -> asyncio.Task[None]:
        """Ends when the broker has dealt with all that was sent."""
        return self._background(self._client.flush(NEVER))

    def _background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run what must not be cancelled while the connection lives.

        A flush of nats-py that is cancelled or times out leaves a cancelled future behind; the pong that comes for it
        then ends nats-py's reader, and the connection is deaf. So each flush runs to its end, or the session's.
        """
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever started it may not wait any more


async def open_session(
    urls: Sequence[str], key: KeyPair, credential: str, *, name: str, tls: ssl.SSLContext | None
) -> Session:
    """Connect to one of `urls`. Raises CredentialRefused, ServerTooOld or ConnectionFailed."""
    for _ in range(HANG_UPS - 1):
        try:
            return await _open_once(urls, key, credential, name=name, tls=tls)
        except ConnectionFailed as why:
            if not isinstance(why.__cause__, ConnectionResetError | BrokenPipeError):
                raise
    return await _open_once(urls, key, credential, name=name, tls=tls)


async def _open_once(
    urls: Sequence[str], key: KeyPair, credential: str, *, name: str, tls: ssl.SSLContext | None
) -> Session:
    client = GuardedClient()
    session = Session(client, key.id)
    errors: list[Exception] = []  # nats-py's own exception says less than the last one it reports

    async def failed(error: Exception) -> None:
        errors[:] = [error]
        if refusal := _REFUSED.search(str(error)):
            session.refused(*refusal.groups())
        elif isinstance(error, nats_errors.SlowConsumerError):
            log.warning("fabric_messages_dropped", subject=error.subject)

    async def closed() -> None:
        session.end(_reason(client.last_error))

    async def leaving() -> None:
        session.leaving.set()

    def sign(nonce: str) -> bytes:
        return base64.urlsafe_b64encode(key.sign(safe_nonce(nonce))).rstrip(b"=")

    try:
        async with asyncio.timeout(CONNECT_PATIENCE):
            await client.connect(
                list(urls),
                name=name,
                tls=tls,
                tls_handshake_first=tls is not None,  # see brokers.py
                error_cb=failed,
                closed_cb=closed,
                lame_duck_mode_cb=leaving,
                user_jwt_cb=credential.encode,
                signature_cb=sign,
                connect_timeout=STEP_PATIENCE,
                allow_reconnect=False,  # the supervisor makes a new session, with a fresh credential
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                ping_interval=PING_INTERVAL,
                # No buffer for a time without connection, and no cap at which nats-py would wait in a way
                # that loses a cancellation: `_send` bounds the backlog instead.
                pending_size=0,
                flusher_queue_size=0,
            )
            await client.flush(NEVER)  # a refused credential may show only now
        check_version(str(client.connected_server_version))
    except (nats_errors.Error, OSError, TimeoutError) as why:
        await session.close(within=FAILED_PATIENCE)
        told = [*errors, client.last_error or why, why]
        # Who is refused is cut off, too, and which of the two is told last is a matter of chance.
        raise _reason(next(filter(_is_refusal, told), told[0])) from why
    except ServerTooOld:
        await session.close()
        raise
    except Exception as why:  # what nats-py stumbles over in what a broker sends is of any kind
        await session.close(within=FAILED_PATIENCE)
        raise ConnectionFailed(f"what is there does not talk as a broker does ({type(why).__name__})") from why
    except BaseException:
        await session.close()
        raise
    return session


def check_version(shown: str) -> None:
    """Raise ServerTooOld unless `shown`, in which nats-py tells the version, has one that we need."""
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)", shown)
    if found is None or tuple(map(int, found.groups())) < NEEDED_VERSION:
        raise ServerTooOld(found=found[0] if found else shown, needed=".".join(map(str, NEEDED_VERSION)))


def _reason(error: Exception | None) -> FabricError:
    text = str(error or "closed").removeprefix("nats: ").strip("'")
    if "timeout" in text.lower():  # "authentication timeout" is about a busy broker or line, not about the credential
        return ConnectionFailed(f"the broker did not answer in time ({text})")
    if error is not None and _is_refusal(error):
        return CredentialRefused(f"the broker does not take our credential ({text}): enrol again")
    words = reason(error) if isinstance(error, OSError) else text
    return ConnectionFailed(f"the connection to the broker failed: {words or type(error).__name__}")


def _is_refusal(error: Exception) -> bool:
    """Whether it is about our credential."""
    text = str(error).lower()
    if isinstance(error, nats_errors.AuthorizationError):
        return True
    return "timeout" not in text and ("authori" in text or "authenti" in text)


@contextlib.contextmanager
def _translated(session: Session) -> Iterator[None]:
    try:
        yield
    except nats_errors.BadSubjectError as why:
        raise NotASubject("this is not a subject that a message can be sent to") from why
    except (nats_errors.Error, OSError) as why:
        raise ConnectionLost(f"the connection to the broker was lost: {why or session.reason}") from why
