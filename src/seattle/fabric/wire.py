"""nats-py's client, for brokers that nobody has to trust.

A broker chooses what it sends, and what it sends first is read before anything is agreed on. What is closed here:

* Its nonce is signed with the key that is our name. A nonce that is anything but what brokers make, such as the text of
  a request, of a reply or of an advert, is refused: a broker must not have us sign what it likes.
* Its facts (INFO) are checked for their types, and what it says of further brokers is left out: which brokers there are
  is what our own list says.
* What it sends is bounded, and what is not of the protocol ends the connection and nothing else.

What members send comes through the broker as they wrote it, and never ends the connection of another.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from seattle.fabric.authority import MAX_MESSAGE
from seattle.fabric.nats_py import Client, Parser, errors

MAX_LINE: Final = 64 * 1024  # bytes of a line of the protocol
STATUS: Final = "Status"  # the one header that is looked at
MAX_HEADERS: Final = 4096  # bytes; no peer of ours sends any, the broker's own are short
# What nats-server makes is 15 characters. No dot: with one it could be what is signed of a token.
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{11,64}\Z")

_END: Final = b"\r\n"  # of a line, and of a message
# As brokers write them: one blank between two words, also where the reply address, the third word, is empty.
_MSG: Final = re.compile(rb"MSG ([^ ]+) (\d{1,9}) (?:([^ ]*) )?()(\d{1,9})", re.DOTALL)
_HMSG: Final = re.compile(rb"HMSG ([^ ]+) (\d{1,9}) (?:([^ ]*) )?(\d{1,9}) (\d{1,9})", re.DOTALL)
_NAME: Final = re.compile(rb"[!-~]*")
_STATUS: Final = re.compile(rb"NATS/1\.0 (\d{3})[ \r]")  # in place of headers, or before them


class _Info(msgspec.Struct, frozen=True):
    """What we use of a broker's facts."""

    version: Annotated[str, Meta(max_length=64)]
    max_payload: Annotated[int, Meta(ge=1, le=64 * 1024 * 1024)]
    nonce: Annotated[str, Meta(max_length=64)] = ""
    headers: bool = False
    tls_required: bool = False
    ldm: bool = False  # "lame duck mode": the broker will leave soon


class BoundedParser(Parser):
    """The protocol's parser, that neither fills memory nor fails in other ways than by ProtocolError.

    Messages are read here. nats-py takes more for a blank than brokers do, and fails over names that are not UTF-8; but
    where an answer goes, and a part of the subject, are words of the member who sends, and must not end the connection
    of who receives.
    """

    def reset(self) -> None:
        """Begin anew, with nothing read."""
        super().reset()
        self._unread = bytearray()

    async def parse(self, data: bytes = b"") -> None:
        """Take what the broker sent."""
        self._unread += data
        try:
            while await self._parse_next():
                pass
        except (errors.ProtocolError, OSError):
            raise
        except Exception as why:  # nats-py would log it, and go on deaf
            raise errors.ProtocolError from why

    async def _parse_next(self) -> bool:
        """Take the next line, with the message that it announces; False if not all of it is here."""
        end = self._unread.find(_END)
        if end < 0:
            if len(self._unread) > MAX_LINE:
                raise errors.ProtocolError
            return False
        line, begin = bytes(self._unread[:end]), end + len(_END)
        message = _announced(line)
        if message is None:
            del self._unread[:begin]
            await super().parse(line + _END)
            if self.buf:  # it waits for more of a line that is none
                raise errors.ProtocolError
            return True
        if len(self._unread) < begin + message.size + len(_END):
            return False
        content = bytes(self._unread[begin : begin + message.size])
        del self._unread[: begin + message.size + len(_END)]
        if _is_name(message.subject) and _is_name(message.reply):  # what has others is of nobody who means well
            headers, body = content[: message.headers], content[message.headers :]
            await self.nc._process_msg(message.sid, message.subject, message.reply, body, headers)
        return True


@dataclass(frozen=True, slots=True)
class _Message:
    """What a line says of the message behind it."""

    subject: bytes
    sid: int
    reply: bytes
    headers: int  # bytes of its size
    size: int  # bytes


def _announced(line: bytes) -> _Message | None:
    """The message behind this line; None if it announces none. Raises ProtocolError."""
    if not line.startswith((b"MSG ", b"HMSG ")):
        return None
    found = _MSG.fullmatch(line) or _HMSG.fullmatch(line)
    if found is None:
        raise errors.ProtocolError
    subject, sid, reply, headers, size = found.groups()
    message = _Message(subject, int(sid), reply or b"", int(headers or 0), int(size))
    if message.headers > message.size or message.size > MAX_MESSAGE + MAX_HEADERS:
        raise errors.ProtocolError
    return message


def _is_name(text: bytes) -> bool:
    """Whether this is what subjects of ours consist of; an empty one is none that is wrong."""
    return _NAME.fullmatch(text) is not None


class GuardedClient(Client):
    """A connection of nats-py to a broker that may send anything."""

    def __init__(self) -> None:
        super().__init__()
        self._ps = BoundedParser(self)

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:  # noqa: FBT001, FBT002
        try:
            facts = msgspec.convert(info, _Info)
        except msgspec.ValidationError as why:
            raise errors.ProtocolError from why
        self._note_tls()
        await super()._process_info(msgspec.structs.asdict(facts), initial_connection)

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        """The broker's status. We send no headers, and nats-py fails over some that a member can send."""
        found = _STATUS.match(headers)
        return None if found is None else {STATUS: found[1].decode()}

    async def _send_ping(self, future: asyncio.Future[Any] | None = None) -> None:
        """In its turn. nats-py sends it ahead of what waits in its queue, and takes the pong for that.

        Its `drain` then threw away what the broker had sent before it heard that we take no more.
        """
        if self._transport is not None:
            self._transport.writelines(self._pending)
            self._pending, self._pending_data_size = [], 0
        await super()._send_ping(future)

    async def _process_op_err(self, e: Exception) -> None:
        """End the connection, which is broken. What waits to be sent can't be any more.

        nats-py would try to send it, fail over that, and never come to say that the connection has ended.
        """
        self._pending, self._pending_data_size = [], 0
        await super()._process_op_err(e)

    async def _process_connect_init(self) -> None:
        try:
            await super()._process_connect_init()
        finally:
            self._note_tls()

    def _note_tls(self) -> None:
        """Before the broker ends the connection. nats-py leaves it out, and asyncio then warns whenever one ends."""
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None and writer.get_extra_info("sslcontext") is not None:
            protocol = writer.transport.get_protocol()
            if protocol is not None:  # it has not ended yet
                protocol._over_ssl = True


def safe_nonce(nonce: object) -> bytes:
    """The bytes to sign for a broker. Raises ProtocolError for a nonce that may mean something elsewhere."""
    if not isinstance(nonce, str) or not _NONCE.match(nonce):
        raise errors.ProtocolError
    return nonce.encode()
