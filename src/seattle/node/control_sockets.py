"""Where the next daemon gets in touch with the monitors of this one: a socket for each run, in a folder of ours.

The monitor holds the socket that listens, and nobody else does. So a socket that nobody answers belongs to a run that
is over.
"""

import os
import socket
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_WAITING: Final = 4  # daemons that may knock before a monitor looks; there is one at a time
_PATH: Final = "/proc/self/fd/{folder}/{name}"  # a socket's path has 107 bytes at most; a folder's may be longer


class ControlSockets:
    """The sockets of one node's runs. Use it with `with`. Only this user's processes can enter the folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder
        self._folder = -1

    def __enter__(self) -> Self:
        self._path.mkdir(mode=0o700, exist_ok=True)
        self._path.chmod(0o700)
        self._folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._folder)

    def listen(self, run: str) -> socket.socket:
        """A listening socket, for the monitor of the run of this name. Raises OSError."""
        self.remove(run)
        listener = _socket()
        try:
            listener.bind(self._address(run))
            listener.listen(_WAITING)
        except OSError:
            listener.close()
            raise
        return listener

    def connect(self, run: str) -> socket.socket:
        """A line to whoever holds that socket, on which packets tell their sender. Raises OSError if nobody does."""
        line = _socket()
        try:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)  # before anything is said: who it is that speaks
            line.connect(self._address(run))
        except OSError:
            line.close()
            raise
        return line

    def remove(self, run: str) -> None:
        """Forget a run. Who is connected stays so."""
        with suppress(OSError):  # it is gone already; or the disk is broken, and the next daemon tries again
            os.unlink(run, dir_fd=self._folder)

    def keep_only(self, runs: Collection[str]) -> None:
        """Forget all others: daemons that crashed leave sockets behind."""
        for name in set(os.listdir(self._folder)) - set(runs):  # noqa: PTH208 - by descriptor, which pathlib can't
            self.remove(name)

    def _address(self, run: str) -> str:
        return _PATH.format(folder=self._folder, name=run)


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return made
