"""A broker that can't be trusted: a TCP proxy that speaks NATS's wire protocol before a real server.

It reads all that passes, and does with each frame what its `from_client` and `from_server` say: pass it on (the same
or another), drop it (nothing), play it again (twice), or hold it back and send it later (`Line.to_server`).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Frame:
    """One operation of the protocol: `MSG subject sid reply size`, and its payload with headers if it has any."""

    line: bytes  # without CRLF
    payload: bytes | None = None

    @property
    def verb(self) -> bytes:
        return self.line.split(b" ", 1)[0].upper()

    @property
    def words(self) -> list[bytes]:
        return self.line.split()

    @property
    def subject(self) -> str:
        return self.words[1].decode()

    @property
    def reply(self) -> str:
        """Where an answer goes; empty if none is wanted."""
        there = {b"PUB": 3, b"MSG": 4}[self.verb]
        return self.words[there - 1].decode() if len(self.words) > there else ""

    def having(self, *, subject: str | None = None, payload: bytes | None = None) -> "Frame":
        """The same with another subject or payload; not for frames with headers."""
        words = self.words
        payload = self.payload if payload is None else payload
        assert payload is not None
        words[1] = words[1] if subject is None else subject.encode()
        words[-1] = str(len(payload)).encode()
        return Frame(b" ".join(words), payload)

    def encode(self) -> bytes:
        return self.line + b"\r\n" + (b"" if self.payload is None else self.payload + b"\r\n")


@dataclass(eq=False)
class Line:
    """One client's connection. `to_client` and `to_server` send a frame of our own there."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    seen: list[Frame] = field(default_factory=list)  # all frames that came, of both sides

    def to_client(self, frame: Frame) -> None:
        self.client.write(frame.encode())

    def to_server(self, frame: Frame) -> None:
        self.server.write(frame.encode())


Treat = Callable[[Line, Frame], Iterable[Frame]]


def honest(line: Line, frame: Frame) -> Iterable[Frame]:
    """Pass on what came."""
    return [frame]


@dataclass
class HostileBroker:
    """What is done with frames may be changed at any time."""

    port: int = 0
    from_client: Treat = honest
    from_server: Treat = honest
    lines: list[Line] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def seen(self) -> list[Frame]:
        return [frame for line in self.lines for frame in line.seen]


@asynccontextmanager
async def hostile_broker(server_port: int) -> AsyncIterator[HostileBroker]:
    """A proxy before the server on this port of loopback, honest until it is told otherwise."""
    broker = HostileBroker()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, away = await asyncio.open_connection("127.0.0.1", server_port, limit=1 << 20)
        line = Line(writer, away)
        broker.lines.append(line)
        both = [
            asyncio.create_task(_pump(reader, away, line, lambda frame: broker.from_client(line, frame))),
            asyncio.create_task(_pump(there, writer, line, lambda frame: broker.from_server(line, frame))),
        ]
        tasks.update(both)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        writer.close()
        away.close()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0, limit=1 << 20)
    broker.port = listener.sockets[0].getsockname()[1]
    try:
        yield broker
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    line: Line,
    treat: Callable[[Frame], Iterable[Frame]],
) -> None:
    try:
        while (frame := await _read(reader)) is not None:
            line.seen.append(frame)
            for sent in treat(frame):
                writer.write(sent.encode())
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        return


async def _read(reader: asyncio.StreamReader) -> Frame | None:
    text = await reader.readline()
    if not text:
        return None
    line = text.removesuffix(b"\r\n")
    if not re.match(rb"(?i)(H?PUB|H?MSG) ", line):
        return Frame(line)
    payload = await reader.readexactly(int(line.split()[-1]))
    await reader.readexactly(2)
    return Frame(line, payload)
