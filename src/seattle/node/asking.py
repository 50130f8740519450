"""The other end of the control socket: `ask` a daemon on this computer one thing."""

import socket
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from seattle.node.control import SOCKET
from seattle.node.errors import BadReply, NotRunning
from seattle.node.folders import opened
from seattle.node.verbs import MAX_REPLY, Order, Verb, unpack

PATIENCE: Final = 15.0  # seconds for each step
_AT_ONCE: Final = 64 * 1024  # bytes

Q = TypeVar("Q", bound=Order)
R = TypeVar("R", bound=msgspec.Struct)


def ask(folder: Path, verb: Verb[Q, R], request: Q, *, start: str = "seattle node run") -> R:
    """What the daemon of the node in `folder` answers. `start`: the command that would start it, for who reads errors.

    Raises NotRunning if there is none, ControlRefused if it says no, BadReply if what it says can't be read.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(PATIENCE)
        try:
            with opened(folder) as fd:
                line.connect(f"/proc/self/fd/{fd}/{SOCKET}")
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as why:
            raise NotRunning(f"no daemon runs in {folder}", hint=f"start it: {start}") from why
        except PermissionError as why:
            raise NotRunning(
                f"{folder} belongs to another user", hint="ask as the user whose node it is, or as root"
            ) from why
        try:
            line.sendall(msgspec.json.encode(request) + b"\n")
            return unpack(_line(line), verb)
        except TimeoutError as why:
            raise BadReply(f"the daemon did not answer within {PATIENCE:g} s: look at its log") from why
        except ConnectionError as why:
            raise BadReply(f"the daemon hung up ({why.strerror}): look at its log, and try again") from why


def _line(line: socket.socket) -> bytes:
    """A reply, without its end. Raises BadReply."""
    data = bytearray()
    while not data.endswith(b"\n"):
        part = line.recv(_AT_ONCE)
        if not part or len(data) > MAX_REPLY:
            raise BadReply("the daemon's reply is not whole: look at its log, and try again")
        data += part
    return bytes(data)
