"""Requests to nodes and their replies, as they travel over a fabric that nobody has to trust.

On the wire a request is the caller's key and a box; in the box are a signed token and the body. A reply is
a box alone. The message says to a broker who called, which the broker knows anyway, and nothing else:

    request  [version, caller, recipient mark, box(caller -> node)[token, body]]
    reply    [version, box(node -> caller)[token, body]]

The request's token binds caller, node, method, body, time and nonce; the reply's token binds node, caller,
body and the nonce of the request. A node serves each request once, within `LIFETIME` of its date.

Clocks differ. A request that is authentic but out of its time is refused, and the node can answer it with
its own signed time (`seal_skew_reply`); the caller then asks once more with the offset. Whoever is not the
holder of the caller's key gets no such answer, so it is no oracle.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from seattle.identity import tokens
from seattle.identity.errors import (
    ClockSkew,
    Expired,
    FromTheFuture,
    InvalidKey,
    Malformed,
    Misdelivered,
    NotRemembered,
    OutOfTime,
    SealBroken,
    Tampered,
    TooLarge,
    WrongReply,
)
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.nonces import NonceCache
from seattle.identity.sealing import MAX_BOXES, seal, unseal
from seattle.identity.sealing import NONCE_BYTES as BOX_NONCE_BYTES
from seattle.identity.tokens import LIFETIME, MAX_TOKEN, ReplyClaims, ReplyKind, RequestClaims
from seattle.identity.unreadable import UNREADABLE

VERSION = 1
MAX_WIRE = 1024 * 1024  # bytes of a message, sealed; also what a NATS server takes by default
MAX_BODY = MAX_WIRE - 8 * 1024  # bytes of a body that surely fits
LEEWAY = 5.0  # seconds by which a request's date may be ahead of the node's clock
_ROUNDING = 0.001  # seconds; a sum of two dates is exact to less

_MARK_BYTES = 8

Raw32 = Annotated[bytes, Meta(min_length=32, max_length=32)]
Mark = Annotated[bytes, Meta(min_length=_MARK_BYTES, max_length=_MARK_BYTES)]


def nobody(_: PublicKey) -> bool:
    """Nobody has any right here."""
    return False


@dataclass(frozen=True)
class Request:
    """What a caller asks of this node, authentic and asked for the first time."""

    caller: PublicKey
    method: str
    body: bytes = field(repr=False)  # may hold a user's files: not for logs
    nonce: bytes


@dataclass(frozen=True)
class Reply:
    """What a node answers."""

    body: bytes = field(repr=False)
    signed_at: float  # seconds since 1970, by the node's clock


# Fields may be added at the end, with defaults: older readers skip them. What is outside the box is not signed:
# only what a broker may change at will belongs there.
class SealedRequest(msgspec.Struct, frozen=True, array_like=True):
    """A request on the wire."""

    version: int
    caller: Raw32
    mark: Mark  # tells a node that the box is for another, without telling a stranger for whom
    sealed: bytes


class SealedReply(msgspec.Struct, frozen=True, array_like=True):
    """A reply on the wire."""

    version: int
    sealed: bytes


class Content(msgspec.Struct, frozen=True, array_like=True):
    """What is in the box."""

    token: Annotated[str, Meta(max_length=MAX_TOKEN)]
    body: bytes


def seal_request(
    *, caller: KeyPair, node: PublicKey, method: str, body: bytes, now: float, offset: float = 0.0
) -> tuple[bytes, bytes]:
    """Return the message to send, and the nonce with which its reply will be opened.

    `now` is in seconds since 1970; `offset` (seconds) is how far this node's clock is ahead, as ClockSkew taught. Each
    call makes another request: to send the same bytes again is a replay. Raises TooLarge, Malformed.
    """
    nonce = tokens.new_nonce()
    issued_at = now + offset
    claims = RequestClaims(
        iss=caller.id,
        aud=node.id,
        method=method,
        digest=tokens.digest(body),
        iat=issued_at,
        exp=issued_at + LIFETIME,
        jti=nonce.hex(),
    )
    content = Content(tokens.sign(claims, key=caller), body)
    sealed = seal(msgspec.msgpack.encode(content), sender=caller, recipient=node)
    message = SealedRequest(VERSION, caller.public.raw, _mark(sealed, node), sealed)
    return _encode(message), nonce


def open_request(
    wire: bytes,
    *,
    node: KeyPair,
    nonces: NonceCache,
    now: float,
    sender: str | None = None,
    knows: Callable[[PublicKey], bool] = nobody,
) -> Request:
    """Return the request in a message, and see to it that it is not served again. `now`: seconds since 1970.

    `sender` is the id of whoever sent it, if somebody vouches for that: a request of anybody else is Misdelivered.
    `knows`: whether a caller has any right here; what is remembered of those who have none is the first to go.

    Raises EnvelopeError: Malformed, TooLarge, Misdelivered, Tampered, Expired, FromTheFuture, Replayed,
    TooManyRequests, NotRemembered. Expired and FromTheFuture are for `seal_skew_reply`, and a request that is
    NotRemembered may be answered if it does no harm to do so twice; nothing else deserves a reply.
    """
    message = _decode(wire, SealedRequest)
    caller = _caller(message)
    if sender is not None and caller.id != sender:
        raise Misdelivered(f"this request of {caller.id} was sent by {sender}")
    if not hmac.compare_digest(message.mark, _mark(message.sealed, node.public)):
        raise Misdelivered("this request was sealed for another node")
    content = _open_box(message.sealed, recipient=node, sender=caller)
    claims = tokens.verify(content.token, RequestClaims, key=caller)
    if claims.aud != node.id:
        raise Misdelivered(f"this request was signed for {claims.aud}, not for this node")
    _check_digest(content.body, claims.digest)
    if not 0 < claims.exp - claims.iat <= LIFETIME + _ROUNDING:
        raise Malformed(f"a request is valid for {LIFETIME:g} s at most")
    # Before its time is judged: who is told of a skew asks again, and then this one must never be served, not even
    # by a node whose clock comes to the time for which it was refused now.
    request = Request(caller, claims.method, content.body, claims.nonce)
    try:
        nonces.remember(caller, claims.nonce, valid_until=claims.exp, now=now, known=knows(caller))
    except sqlite3.Error as why:
        raise NotRemembered(str(why), request=request) from why
    _check_time(claims, caller, now=now)
    return request


def seal_reply(*, node: KeyPair, caller: PublicKey, nonce: bytes, body: bytes, now: float) -> bytes:
    """Return the message that answers the request with this nonce. Raises TooLarge."""
    claims = ReplyClaims(
        iss=node.id,
        aud=caller.id,
        digest=tokens.digest(body),
        iat=now,
        jti=nonce.hex(),
        kind=ReplyKind.ANSWER,
    )
    return _seal_reply(claims, body, node=node, caller=caller)


def seal_skew_reply(refused: OutOfTime, *, node: KeyPair, now: float) -> bytes:
    """Return the message that tells the caller of an authentic request, out of its time, this node's time.

    It takes the error that `open_request` raised, so that it can't be made for any other request.
    """
    claims = ReplyClaims(
        iss=node.id,
        aud=refused.caller.id,
        digest=tokens.digest(b""),
        iat=now,
        jti=refused.nonce.hex(),
        kind=ReplyKind.SKEW,
        asked_at=refused.issued_at,
    )
    return _seal_reply(claims, b"", node=node, caller=refused.caller)


def open_reply(wire: bytes, *, caller: KeyPair, node: PublicKey, nonce: bytes) -> Reply:
    """Return the node's reply to the request that has this nonce.

    Raises EnvelopeError: Malformed, TooLarge, Tampered (also if another than this node made it),
    WrongReply, and ClockSkew if the node didn't serve the request because of its date.
    """
    message = _decode(wire, SealedReply)
    content = _open_box(message.sealed, recipient=caller, sender=node)
    claims = tokens.verify(content.token, ReplyClaims, key=node)
    if claims.aud != caller.id:
        raise Misdelivered("this reply was signed for another caller")
    if not hmac.compare_digest(claims.nonce, nonce):
        raise WrongReply("this is the node's reply to another request")
    _check_digest(content.body, claims.digest)
    if claims.kind == ReplyKind.SKEW:
        raise ClockSkew(offset=claims.iat - claims.asked_at, node_time=claims.iat)
    if claims.kind != ReplyKind.ANSWER:
        raise Malformed("the node sent a kind of reply that this version doesn't know", hint="upgrade seattle")
    return Reply(content.body, claims.iat)


def _seal_reply(claims: ReplyClaims, body: bytes, *, node: KeyPair, caller: PublicKey) -> bytes:
    content = Content(tokens.sign(claims, key=node), body)
    sealed = seal(msgspec.msgpack.encode(content), sender=node, recipient=caller)
    return _encode(SealedReply(VERSION, sealed))


def _check_time(claims: RequestClaims, caller: PublicKey, *, now: float) -> None:
    if now > claims.exp:
        raise Expired(
            f"this request expired {now - claims.exp:.1f} s ago by this node's clock",
            caller=caller,
            nonce=claims.nonce,
            issued_at=claims.iat,
        )
    if claims.iat > now + LEEWAY:
        raise FromTheFuture(
            f"this request is dated {claims.iat - now:.1f} s ahead of this node's clock",
            caller=caller,
            nonce=claims.nonce,
            issued_at=claims.iat,
        )


def _check_digest(body: bytes, expected: str) -> None:
    if not hmac.compare_digest(tokens.digest(body), expected):
        raise Tampered("the body is not the one that was signed")


def _caller(message: SealedRequest) -> PublicKey:
    try:
        return _known(message.caller)
    except InvalidKey as wrong:
        raise Malformed("the request's caller is no usable key") from wrong


@lru_cache(MAX_BOXES)
def _known(raw: bytes) -> PublicKey:
    """The key with these bytes; to find out whether they are safe takes as long as a signature. Raises InvalidKey."""
    return PublicKey(raw)


def _mark(sealed: bytes, node: PublicKey) -> bytes:
    # The box's nonce makes the mark another one each time.
    return hashlib.blake2b(
        sealed[:BOX_NONCE_BYTES], key=node.raw, digest_size=_MARK_BYTES, person=b"seattle-mark"
    ).digest()


def _open_box(sealed: bytes, *, recipient: KeyPair, sender: PublicKey) -> Content:
    try:
        return msgspec.msgpack.decode(unseal(sealed, recipient=recipient, sender=sender), type=Content)
    except SealBroken as broken:
        raise Tampered(str(broken)) from broken
    except UNREADABLE as wrong:
        raise Malformed("what was sealed is not a message") from wrong


def _encode(message: SealedRequest | SealedReply) -> bytes:
    wire = msgspec.msgpack.encode(message)
    if len(wire) > MAX_WIRE:
        raise TooLarge(f"the message has {len(wire)} bytes, {MAX_WIRE} are allowed", hint="send it in several calls")
    return wire


Message = TypeVar("Message", SealedRequest, SealedReply)


def _decode(wire: bytes, kind: type[Message]) -> Message:
    if len(wire) > MAX_WIRE:
        raise TooLarge(f"the message has {len(wire)} bytes, {MAX_WIRE} are allowed")
    try:
        message = msgspec.msgpack.decode(wire, type=kind)
    except UNREADABLE as wrong:
        raise Malformed("this is not a message") from wrong
    if message.version != VERSION:
        raise Malformed(f"version {message.version} of messages is not known here", hint="upgrade seattle")
    return message
