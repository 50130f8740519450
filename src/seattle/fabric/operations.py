"""What an operation of a node is: a method name, and the types of its request and its reply.

On the wire both are msgpack maps, and decoding is tolerant: what an old peer doesn't send has its default,
what it doesn't know it skips. A reply is either an answer or a typed refusal; never a traceback.
"""

from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from seattle.fabric.errors import BadReply, BadRequest, RemoteError
from seattle.identity.unreadable import UNREADABLE

Q = TypeVar("Q", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)

MAX_ERROR: Final = 2000  # characters of an error's text that travel


@dataclass(frozen=True)
class Operation(Generic[Q, R]):
    """One method that may be asked of a node."""

    method: str
    request: type[Q]
    reply: type[R]

    def decode_request(self, body: bytes) -> Q:
        """Raises BadRequest, which travels back to the caller."""
        try:
            return msgspec.msgpack.decode(body, type=self.request)
        except UNREADABLE as why:
            raise BadRequest(f"{self.method}: {why}") from why

    def decode_reply(self, body: bytes) -> R:
        """Raises BadReply."""
        try:
            return msgspec.msgpack.decode(body, type=self.reply)
        except UNREADABLE as why:
            raise BadReply(f"the reply to {self.method} is not of the form expected: {why}") from why


class Ask(Protocol):
    """Ask one node one thing: what tools for nodes are written over."""

    async def __call__(self, operation: Operation[Q, R], request: Q) -> R:
        """Raises FabricError; RemoteError when the node says no."""


class Answered(msgspec.Struct, frozen=True, tag="answer"):
    """The operation was done."""

    value: bytes


class Refused(msgspec.Struct, frozen=True, tag="error"):
    """The operation was not done, or not wholly."""

    code: str = "internal"
    message: str = ""


_Outcome = Answered | Refused
encode = msgspec.msgpack.Encoder().encode


def pack_answer(value: bytes) -> bytes:
    """The body of a reply that says yes."""
    return encode(Answered(value))


def pack_refusal(code: str, message: str) -> bytes:
    """The body of a reply that says no."""
    return encode(Refused(code, message[:MAX_ERROR]))


def unpack(body: bytes) -> bytes:
    """The answer in the body of a reply. Raises RemoteError if it says no, BadReply if it says neither."""
    try:
        outcome: Answered | Refused = msgspec.msgpack.decode(body, type=_Outcome)
    except UNREADABLE as why:
        raise BadReply("the reply is neither an answer nor a refusal") from why
    if isinstance(outcome, Refused):
        raise RemoteError(outcome.code, outcome.message[:MAX_ERROR])
    return outcome.value
