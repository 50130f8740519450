"""The daemon's control socket: how its donor talks to it, and nobody else.

A Unix stream socket in the node's folder, which only this user can enter; whoever connects must be this user or root
as the kernel knows them. What can be said is in `verbs.py`.
"""

import asyncio
import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

from seattle.node.errors import ControlRefused, NodeError
from seattle.node.folders import opened
from seattle.node.verbs import MAX_REPLY, MAX_REQUEST, Verbs, pack_answer, pack_refusal

SOCKET: Final = "control"
MAX_CONNECTIONS: Final = 32  # at once; a descriptor each
PATIENCE: Final = 60.0  # seconds for a request to come, and for a reply to be taken
LAST_PATIENCE: Final = 1.0  # seconds for whoever is sent away to go

_BACKLOG: Final = 32
_CREDENTIALS: Final = struct.Struct("3i")  # process, user and group id; linux/socket.h

log = structlog.get_logger()


class Control:
    """Answers on the control socket of the node in `folder`. Use it with `async with`."""

    def __init__(self, folder: Path, verbs: Verbs) -> None:
        self._folder = folder
        self._verbs = verbs
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        (self._folder / SOCKET).unlink(missing_ok=True)  # of an earlier daemon; the folder's lock says it is gone
        self._server = await asyncio.start_unix_server(self._meet, sock=_listen(self._folder), limit=MAX_REQUEST)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        (self._folder / SOCKET).unlink(missing_ok=True)
        talks = list(self._talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody has connected."""
        talk = asyncio.create_task(self._talk(reader, writer), name="control")
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            user = _user_of(writer)
            if user not in (os.geteuid(), 0):
                log.warning("control_refused", user=user)
                await _send_away(reader, writer, pack_refusal("not-allowed", "this socket is for the node's own user"))
            elif len(self._talks) > MAX_CONNECTIONS:
                busy = pack_refusal("busy", f"there are {MAX_CONNECTIONS} connections already: close some")
                await _send_away(reader, writer, busy)
            else:
                while line := await _line(reader):
                    await _say(writer, await self._reply(line))
        except (OSError, TimeoutError):
            pass  # whoever it was has gone, or sleeps
        except ControlRefused as no:
            with suppress(OSError, TimeoutError):
                await _send_away(reader, writer, pack_refusal(no.code, str(no)))
        finally:
            writer.close()

    async def _reply(self, line: bytes) -> bytes:
        try:
            reply = pack_answer(await self._verbs.answer(line))
        except NodeError as no:
            return pack_refusal(no.code, str(no), getattr(no, "hint", ""))
        except Exception:  # the daemon goes on, whatever is wrong with one verb
            log.exception("control_failed")
            return pack_refusal("internal", "the daemon failed at this; its log says how")
        if len(reply) > MAX_REPLY:
            return pack_refusal("too-long", f"the answer has {len(reply)} bytes, {MAX_REPLY} are allowed: ask for less")
        return reply


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next request; nothing once there are no more. Raises ControlRefused for one that is too long."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await reader.readline()
    except ValueError as why:
        raise ControlRefused("bad-request", f"a request has {MAX_REQUEST} bytes at most") from why


async def _say(writer: asyncio.StreamWriter, line: bytes) -> None:
    writer.write(line)
    async with asyncio.timeout(PATIENCE):
        await writer.drain()


async def _send_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> None:
    """The last word. What was said to us meanwhile is read: the kernel would drop our word together with it."""
    await _say(writer, line)
    writer.write_eof()
    async with asyncio.timeout(LAST_PATIENCE):
        while await reader.read(MAX_REQUEST):
            pass


def _user_of(writer: asyncio.StreamWriter) -> int:
    """Who connected: the user's id, as the kernel noted it then."""
    sock: socket.socket = writer.get_extra_info("socket")
    _, user, _ = _CREDENTIALS.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return int(user)


def _listen(folder: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with opened(folder) as fd:  # a socket's path has 107 bytes at most; a folder's may be longer
            sock.bind(f"/proc/self/fd/{fd}/{SOCKET}")
        (folder / SOCKET).chmod(0o600)
        sock.listen(_BACKLOG)
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
    except BaseException:
        sock.close()
        raise
    return sock
