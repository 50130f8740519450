"""Sealed calls: a request that only its node can read and only its caller can have made; the reply likewise.

The envelope is that of `seattle.identity.envelope`; here it meets the fabric. A node gives no answer at all to what
is not authentic, is meant for another node or was served before: whoever sent that learns nothing. Only a request
that is authentic in every way but its time gets the node's own time, and the client tries once more.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from functools import lru_cache
from typing import Final, TypeVar

import msgspec
import structlog

from seattle.fabric import subjects
from seattle.fabric.allowance import Allowance
from seattle.fabric.connection import CALL_PATIENCE, Fabric, Standing
from seattle.fabric.errors import BadReply, NotEncodable, RemoteError
from seattle.fabric.group_commit import GroupCommit
from seattle.fabric.operations import Ask, Operation, encode, pack_answer, pack_refusal, unpack
from seattle.fabric.session import Message
from seattle.identity.envelope import (
    Request,
    nobody,
    open_reply,
    open_request,
    seal_reply,
    seal_request,
    seal_skew_reply,
)
from seattle.identity.errors import ClockSkew, EnvelopeError, InvalidKey, NotRemembered, OutOfTime
from seattle.identity.errors import TooLarge as SealedTooLarge
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.nonces import NonceCache

AT_ONCE: Final = 1024  # requests that a node works on; most are long polls, which cost it little
MAX_SENDERS: Final = 1024  # whose keys are kept read
AT_ONCE_BY_CALLER: Final = 64  # so that nobody's long polls keep the owner from stopping a vessel
# Calls of all who have no right at a node, together: each may ask it what it is, but a few could keep it from all else.
RATE_OF_STRANGERS: Final = 100.0  # a second
BURST_OF_STRANGERS: Final = 500.0
MAX_OFFSETS: Final = 10_000  # nodes whose clock a client remembers

Q = TypeVar("Q", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)
Handler = Callable[[Request], Awaitable[bytes]]

log = structlog.get_logger()


def alone(_: PublicKey) -> Collection[str]:
    """Nobody shares with anybody."""
    return ()


class NodeClient:
    """Calls nodes in the name of one key pair.

    Args:
        fabric: connected with the same key, since replies go to its inbox.
        caller: who asks; nodes decide by this key.
        clock: seconds since 1970.
    """

    def __init__(self, fabric: Fabric, caller: KeyPair, *, clock: Callable[[], float] = time.time) -> None:
        self._fabric = fabric
        self._caller = caller
        self._clock = clock
        self._offsets: dict[PublicKey, float] = {}  # seconds that a node's clock is ahead of ours

    async def call(self, node: PublicKey, method: str, body: bytes, *, within: float = CALL_PATIENCE) -> bytes:
        """The node's answer, within so many seconds.

        Raises RemoteError when the node says no, BadReply when what came is not its reply, and what
        `Fabric.call` raises. After NoAnswer or ConnectionLost the call may have been done or not.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        try:
            return await self._once(node, method, body, within)
        except ClockSkew as skew:
            self._remember(node, skew.node_time - self._clock())
        try:
            return await self._once(node, method, body, max(0.0, deadline - loop.time()))
        except ClockSkew as again:
            raise BadReply(f"{node} refuses our time even after we took its own: {again}") from again

    async def ask(self, node: PublicKey, operation: Operation[Q, R], request: Q, *, within: float = CALL_PATIENCE) -> R:
        """`call` with types. Raises the same, and NotEncodable."""
        return operation.decode_reply(await self.call(node, operation.method, _encoded(request), within=within))

    def asking(self, node: PublicKey, *, within: float = CALL_PATIENCE) -> Ask:
        """`ask` for one node, for `transfer` and the like."""

        async def ask(operation: Operation[Q, R], request: Q) -> R:
            return await self.ask(node, operation, request, within=within)

        return ask

    async def _once(self, node: PublicKey, method: str, body: bytes, within: float) -> bytes:
        wire, nonce = seal_request(
            caller=self._caller,
            node=node,
            method=method,
            body=body,
            now=self._clock(),
            offset=self._offsets.get(node, 0.0),
        )
        reply = await self._fabric.call(subjects.node_call(node.id, self._caller.id), wire, within=within)
        try:
            opened = open_reply(reply, caller=self._caller, node=node, nonce=nonce)
        except ClockSkew:
            raise
        except EnvelopeError as why:
            raise BadReply(f"what came back is not the reply of {node}: {why}") from why
        return unpack(opened.body)

    def _remember(self, node: PublicKey, offset: float) -> None:
        """Take the node's time as it was when it answered.

        Not as it was when we asked: a broker that holds a request back must not teach us a later time than the node
        has. It could have us date requests ahead, and keep one for a moment of its own choice.
        """
        if not math.isfinite(offset):
            raise BadReply(f"{node} claims a time that is no time")
        self._offsets.pop(node, None)
        self._offsets[node] = offset
        if len(self._offsets) > MAX_OFFSETS:
            del self._offsets[next(iter(self._offsets))]  # the one learned longest ago


class NodeServer:
    """Serves a node's calls.

    Args:
        fabric: connected as the node.
        node: the node's key pair.
        nonces: what was served already.
        handler: does what a request asks and returns the answer. A RemoteError that it raises travels to the
            caller; any other exception is logged here, and the caller learns only that something failed.
        harmless: methods that change nothing: they are served even if the disk takes no record of the request.
        reading: methods that change nothing: they do not wait until the disk has a record of the request. A copy that
            is served once more, after a power cut, does nothing and tells nobody.
        knows: whether a key has any right at this node: what was served for others is forgotten first, where too much
            is dated ahead. It is asked for each call.
        at_once_by_caller: requests of one caller that are worked on at a time; it is told when there are more.
        allowance: how many calls of one caller are looked at; what is more is dropped without a word.
        shares_of: groups, by name, each of which has the calls of one caller. A caller who is in some has the calls
            that any of them has left: nobody can use up another's by taking them into a group.
        of_strangers: the same as `allowance`, of all together who have no right here; None for no other bound.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        fabric: Fabric,
        node: KeyPair,
        nonces: NonceCache,
        handler: Handler,
        *,
        harmless: Collection[str] = (),
        reading: Collection[str] = (),
        knows: Callable[[PublicKey], bool] = nobody,
        at_once_by_caller: int = AT_ONCE_BY_CALLER,
        allowance: Allowance | None = None,
        shares_of: Callable[[PublicKey], Collection[str]] = alone,
        of_strangers: Allowance | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._harmless = harmless
        self._reading = reading
        self._knows = knows
        self._at_once_by_caller = at_once_by_caller
        self._allowance = Allowance() if allowance is None else allowance
        self._shares_of = shares_of
        self._of_strangers = of_strangers
        self._busy: Counter[PublicKey] = Counter()
        self._fabric = fabric
        self._node = node
        self._nonces = nonces
        self._durable = GroupCommit(nonces.sync)
        self._handler = handler
        self._clock = clock

    async def start(self) -> Standing:
        """Serve until the result is stopped or the fabric closes."""
        return await self._fabric.serve(subjects.node_calls(self._node.id), self._serve, at_once=AT_ONCE)

    async def _serve(self, message: Message) -> bytes | None:
        sender = subjects.caller_of(message.subject)
        if not self._allowance.take(sender):
            return None
        try:
            caller = _key(sender)
        except InvalidKey:
            return None
        known = self._knows(caller)
        if not self._may_share(caller, known=known):
            return None
        try:
            # Whoever sends has calls and room of its own here; with keys of its own make it would have that many times.
            request = open_request(
                message.body,
                node=self._node,
                nonces=self._nonces,
                now=self._clock(),
                sender=sender,
                knows=lambda _: known,  # of the sender, which is the caller
            )
        except OutOfTime as why:
            log.info("node_call_out_of_time", code=why.code, caller=why.caller.id)
            if not subjects.is_inbox_of(message.reply, why.caller.id):
                return None
            await self._durable()
            return seal_skew_reply(why, node=self._node, now=self._clock())
        except NotRemembered as why:
            log.warning("node_call_not_remembered", error=str(why))
            return await self._answer_unremembered(why.request, message, str(why))
        except EnvelopeError as why:
            log.warning("node_call_refused", code=why.code)
            return None
        if not subjects.is_inbox_of(message.reply, request.caller.id):
            log.warning("node_call_for_anothers_inbox", caller=request.caller.id)
            return None
        if request.method not in self._reading:
            try:
                await self._durable()  # or a power cut would let a copy of it be served once more
            except OSError as why:
                log.warning("node_call_not_remembered", error=str(why))
                return await self._answer_unremembered(request, message, str(why))
        return self._seal(request, await self._outcome(request))

    def _may_share(self, caller: PublicKey, *, known: bool) -> bool:
        """Whether one more call of those with whom this caller counts as one is to be looked at now."""
        if not known and self._of_strangers is not None:
            return self._of_strangers.take("all who have no right here")
        shares = self._shares_of(caller)
        return not shares or any(map(self._allowance.take, shares))

    async def _answer_unremembered(self, request: Request, message: Message, why: str) -> bytes | None:
        """Serve what may be served twice; say of the rest why it is not."""
        if not subjects.is_inbox_of(message.reply, request.caller.id):
            return None
        if request.method in self._harmless:
            return self._seal(request, await self._outcome(request))
        code = "disk-full" if "full" in why else "disk-broken"
        said = f"this node can't write down what it is asked ({why}), and does nothing: its donor has to mend the disk"
        return self._seal(request, pack_refusal(code, said))

    async def _outcome(self, request: Request) -> bytes:
        if self._busy[request.caller] >= self._at_once_by_caller:
            return pack_refusal("too-busy", f"{self._at_once_by_caller} of your calls are under way: wait for some")
        self._busy[request.caller] += 1
        try:
            return pack_answer(await self._handler(request))
        except RemoteError as no:
            return pack_refusal(no.code, no.message)
        except Exception:
            log.exception("node_call_failed", method=request.method, caller=request.caller.id)
            return pack_refusal("internal", "the node failed to do this; its own log tells why")
        finally:
            self._busy[request.caller] -= 1
            if not self._busy[request.caller]:
                del self._busy[request.caller]

    def _seal(self, request: Request, body: bytes) -> bytes:
        try:
            return self._sealed(request, body)
        except SealedTooLarge as why:
            log.warning("node_answer_too_large", method=request.method, bytes=len(body))
            return self._sealed(request, pack_refusal("too-large", str(why)))

    def _sealed(self, request: Request, body: bytes) -> bytes:
        return seal_reply(node=self._node, caller=request.caller, nonce=request.nonce, body=body, now=self._clock())


@lru_cache(MAX_SENDERS)
def _key(sender: str) -> PublicKey:
    """The key with this id; to find out whether it is safe takes as long as a signature. Raises InvalidKey."""
    return PublicKey.from_id(sender)


def _encoded(request: msgspec.Struct) -> bytes:
    try:
        return encode(request)
    except UnicodeEncodeError as why:  # as of a file's name that is no text, which Python keeps so
        raise NotEncodable(f"what is no text can't be sent: {why.object[: why.end]!a}") from why
    except OverflowError as why:
        raise NotEncodable(f"so large a number can't be sent ({why})") from why
