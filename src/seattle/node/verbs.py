"""What can be asked over the node's control socket: the donor's own words to the daemon, and their form.

A request is a line of JSON, `{"verb": "status", ...}`; so is the reply, `{"is": "answer", "value": ...}` or
`{"is": "refusal", ...}`. A connection may carry any number of them, one after the other. Whoever adds a verb defines
two Structs and a `Verb`, and gives the daemon's `Verbs` a function that answers it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec

from seattle.node.errors import BadReply, ControlRefused

MAX_REQUEST: Final = 64 * 1024  # bytes of a line
MAX_REPLY: Final = 16 * 1024 * 1024  # bytes of a line


class Order(msgspec.Struct, frozen=True, tag_field="verb", forbid_unknown_fields=True):
    """A request. The verb is the tag: `class Pause(Order, frozen=True, tag="pause")`."""


class Done(msgspec.Struct, frozen=True):
    """The answer of a verb that has nothing to say."""


Q = TypeVar("Q", bound=Order)
R = TypeVar("R", bound=msgspec.Struct)


@dataclass(frozen=True)
class Verb(Generic[Q, R]):
    """One thing that may be asked of a daemon on its own computer."""

    request: type[Q]
    reply: type[R]

    @property
    def name(self) -> str:
        """As it stands in a request."""
        return str(self.request.__struct_config__.tag)


class Answer(msgspec.Struct, frozen=True, tag_field="is", tag="answer"):
    """It was done."""

    value: msgspec.Raw


class Refusal(msgspec.Struct, frozen=True, tag_field="is", tag="refusal"):
    """It was not done."""

    code: str
    message: str
    hint: str = ""


class _Head(msgspec.Struct, frozen=True):
    verb: str


class Verbs:
    """The verbs that a daemon knows, and who answers each."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Verb[Any, Any], Callable[[Any], Awaitable[msgspec.Struct]]]] = {}

    def add(self, verb: Verb[Q, R], answer: Callable[[Q], Awaitable[R]]) -> None:
        """Let `answer` answer this verb. It raises NodeError for what it refuses."""
        self._known[verb.name] = verb, answer

    async def answer(self, line: bytes) -> msgspec.Struct:
        """Do what a request asks for. Raises ControlRefused for one that can't be read, and what its answer raises."""
        try:
            name = msgspec.json.decode(line, type=_Head).verb
            found = self._known.get(name)
            if found is None:
                known = ", ".join(sorted(self._known))
                raise ControlRefused("unknown-verb", f"this daemon has no verb {name[:64]!r}; it knows {known}")
            verb, answer = found
            request = msgspec.json.decode(line, type=verb.request)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
            raise ControlRefused("bad-request", f"the request can't be read: {why}") from why
        return await answer(request)


def pack_answer(value: msgspec.Struct) -> bytes:
    """The line of a reply that says yes."""
    return msgspec.json.encode(Answer(msgspec.Raw(msgspec.json.encode(value)))) + b"\n"


def pack_refusal(code: str, message: str, hint: str = "") -> bytes:
    """The line of a reply that says no."""
    return msgspec.json.encode(Refusal(code, message, hint)) + b"\n"


def unpack(line: bytes, verb: Verb[Q, R]) -> R:
    """The answer in a reply. Raises ControlRefused if it says no, BadReply if it says neither."""
    try:
        reply: Answer | Refusal = msgspec.json.decode(line, type=Answer | Refusal)
        if isinstance(reply, Answer):
            return msgspec.json.decode(reply.value, type=verb.reply)
    except (msgspec.DecodeError, UnicodeDecodeError) as why:
        raise BadReply(f"the daemon's reply to {verb.name} is not of the form expected: {why}") from why
    raise ControlRefused(reply.code, reply.message, hint=reply.hint)
