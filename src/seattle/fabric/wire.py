"""nats-py's client, for brokers that nobody has to trust.

A broker chooses what it sends, and what it sends first is read before anything is agreed on. What is closed here:

* Its nonce is signed with the key that is our name. A nonce that is anything but what brokers make, such as the text of
  a request, of a reply or of an advert, is refused: a broker must not have us sign what it likes.
* Its facts (INFO) are checked for their types, and what it says of further brokers is left out: which brokers there are
  is what our own list says.
* What it sends is bounded, and what is not of the protocol ends the connection and nothing else.
"""

import asyncio
import re
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from seattle.fabric.authority import MAX_MESSAGE
from seattle.fabric.nats_py import AWAITING_CONTROL_LINE, Client, Parser, errors

MAX_LINE: Final = 64 * 1024  # bytes of a line of the protocol
MAX_HEADERS: Final = 4096  # bytes; no peer of ours sends any, the broker's own are short
# What nats-server makes is 15 characters. No dot: with one it could be what is signed of a token.
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{11,64}\Z")


class _Info(msgspec.Struct, frozen=True):
    """What we use of a broker's facts."""

    version: Annotated[str, Meta(max_length=64)]
    max_payload: Annotated[int, Meta(ge=1, le=64 * 1024 * 1024)]
    nonce: Annotated[str, Meta(max_length=64)] = ""
    headers: bool = False
    tls_required: bool = False
    ldm: bool = False  # "lame duck mode": the broker will leave soon


class BoundedParser(Parser):
    """The protocol's parser, that neither fills memory nor fails in other ways than by ProtocolError."""

    async def parse(self, data: bytes = b"") -> None:
        """Take what the broker sent."""
        try:
            await super().parse(data)
        except (errors.ProtocolError, OSError):
            raise
        except Exception as why:  # nats-py would log it, and go on deaf
            raise errors.ProtocolError from why
        unfinished = self.state == AWAITING_CONTROL_LINE and len(self.buf) > MAX_LINE
        if unfinished or self.needed > MAX_MESSAGE + MAX_HEADERS:
            raise errors.ProtocolError


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
