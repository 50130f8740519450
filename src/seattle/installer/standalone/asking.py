"""The supervisor's control socket, from both ends: a line of JSON, `{"verb": "status"}`, and a line in return."""

import json
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from .errors import InstallerError, SupervisorAway

SOCKET: Final = "control"  # in the home
PATIENCE: Final = 15.0  # seconds for an answer
_TALK: Final = 1.0  # seconds for a request to come whole, once somebody has connected
_MAX_REQUEST: Final = 4096  # bytes
_MAX_REPLY: Final = 16 * 1024 * 1024  # bytes; a node's are of that size
_CREDENTIALS: Final = struct.Struct("3i")  # process, user and group id; linux/socket.h


def ask(folder: Path, verb: str, *, patience: float = PATIENCE) -> Any:
    """What is answered on the control socket in a folder: the supervisor's in a home, the daemon's in a node's.

    Raises SupervisorAway if nobody answers, InstallerError if the answer is no.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(patience)
        try:
            with _short_path(folder) as path:
                line.connect(path)
            line.sendall(json.dumps({"verb": verb}).encode() + b"\n")
            reply = json.loads(_read_line(line, _MAX_REPLY, within=patience))
        except (OSError, ValueError, RecursionError) as why:
            raise SupervisorAway(f"nobody answers in {folder} ({why}): start it first") from why
    if not isinstance(reply, dict) or reply.get("is") != "answer":
        told = reply.get("message", "it did not say why") if isinstance(reply, dict) else reply
        raise InstallerError(f"{verb} was refused: {told}")
    return reply.get("value")


class Listener:
    """The supervisor's end."""

    def __init__(self, folder: Path) -> None:
        (folder / SOCKET).unlink(missing_ok=True)  # of an earlier one; the home's lock says that it is gone
        self._folder = folder
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _short_path(folder) as path:
            self._socket.bind(path)
        (folder / SOCKET).chmod(0o600)
        self._socket.listen(8)
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's signature

    def fileno(self) -> int:
        """Its descriptor."""
        return self._socket.fileno()

    def close(self) -> None:
        """Answer nobody any more."""
        self._socket.close()
        (self._folder / SOCKET).unlink(missing_ok=True)

    def answer(self, verbs: dict[str, Callable[[], Any]]) -> None:
        """Answer whoever has connected. Whoever it is can't hold us up for long, and need not be of this user."""
        try:
            line, _ = self._socket.accept()
        except OSError:
            return
        with line:
            try:
                reply = json.dumps(_reply(line, verbs)).encode() + b"\n"
                line.settimeout(_TALK)
                line.sendall(reply)
            except OSError:
                return  # whoever it was has gone


def _reply(line: socket.socket, verbs: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    _, user, _ = _CREDENTIALS.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    if user not in (os.geteuid(), 0):
        return _refusal("not-allowed", "this socket is for the node's own user")
    try:
        verb = json.loads(_read_line(line, _MAX_REQUEST, within=_TALK))["verb"]
        answer = verbs[verb]
    except (ValueError, TypeError, KeyError, RecursionError, TimeoutError):
        return _refusal("bad-request", f'expected {{"verb": ...}} with one of {", ".join(sorted(verbs))}')
    return {"is": "answer", "value": answer()}


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"is": "refusal", "code": code, "message": message}


def _read_line(line: socket.socket, most: int, *, within: float) -> bytes:
    """All of it in time (seconds): whoever sends a byte now and then may hold nobody up."""
    until = time.monotonic() + within
    data = bytearray()
    while not data.endswith(b"\n"):
        if (left := until - time.monotonic()) <= 0:
            raise TimeoutError("timed out")
        line.settimeout(left)
        part = line.recv(65536)
        if not part or len(data) + len(part) > most:
            raise ValueError("what came is not a line")
        data += part
    return bytes(data)


@contextmanager
def _short_path(folder: Path) -> Iterator[str]:
    """A socket's path has 107 bytes at most; a folder's may be longer."""
    fd = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}/{SOCKET}"
    finally:
        os.close(fd)
