"""Whom a monitor obeys: its launcher or, where the run outlives that, whoever comes in its place.

There is one line at a time. A launcher that may be replaced (a node's daemon, which is upgraded, or crashes) gives
its monitors a listening socket in a folder of its own. When the line breaks, the program runs on; the next launcher
connects to that socket and hears who answers. The newest line is the one that counts. If none comes for as long as
the first launcher has said, the run ends: nothing runs unwatched for ever.
"""

import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from seattle.repy import launch
from seattle.repy.monitor.scheduler import Scheduler, Timer

_GONE = "its launcher, which is gone"
_PEER = struct.Struct("3i")  # process, user and group of a peer, as SO_PEERCRED tells them


class Invitation(NamedTuple):
    """Where the next launcher may come in, and for how long the program runs without any."""

    listener: socket.socket
    patience: float  # seconds


class Control:
    """The line to the launcher of the moment."""

    def __init__(self, line: socket.socket, invitation: Invitation | None = None) -> None:
        """`invitation` is None for a run that ends with its launcher."""
        self._line: socket.socket | None = line
        self._invitation = invitation
        self._scheduler: Scheduler | None = None
        self._hear: Callable[[list[str]], None]
        self._end: Callable[[str], None]
        self._introduce: Callable[[], None]
        self._deadline: Timer | None = None

    def attend(
        self,
        scheduler: Scheduler,
        *,
        hear: Callable[[list[str]], None],
        end: Callable[[str], None],
        introduce: Callable[[], None],
    ) -> None:
        """Call `hear` with the words of each packet, and `end` with the reason when there is nobody left to obey.

        What has been said already is heard at once. A new launcher is told by `introduce` who we are.
        """
        self._scheduler, self._hear, self._end, self._introduce = scheduler, hear, end, introduce
        if self._invitation is not None:
            listener = self._invitation.listener
            listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
            scheduler.watch_urgent(listener.fileno(), self._admit)
        if self._line is not None:
            self._obey(self._line)
            self._listen(0)

    def tell(self, *words: str) -> None:
        """Say something to the launcher, if there is one: its absence has been noticed, or will be."""
        if self._line is not None:
            with suppress(OSError):
                self._line.send(launch.pack(*words))

    def hang_up(self) -> None:
        """Take what the launcher may still have said, such as a stop that comes too late, and close the line.

        The kernel drops the last words that were said on a line if something on it was not read when it is closed.
        """
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RD)
                while self._line.recv(launch.MAX_PACKET):
                    pass
            self._line.close()
            self._line = None

    def _obey(self, line: socket.socket) -> None:
        assert self._scheduler is not None
        line.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._line = line
        self._scheduler.watch_urgent(line.fileno(), self._listen)

    def _listen(self, _events: int) -> None:
        assert self._line is not None
        try:
            packet = self._line.recv(launch.MAX_PACKET)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if packet:
            self._hear(launch.unpack(packet))
        else:
            self._lose()

    def _lose(self) -> None:
        """The launcher has hung up, or died."""
        if self._invitation is None:
            self._end(_GONE)
            return
        self._drop_line()
        assert self._scheduler is not None
        patience = self._invitation.patience
        self._deadline = self._scheduler.after(
            patience, lambda: self._end(f"the sandbox: nobody has watched it for {patience:g} s")
        )

    def _admit(self, _events: int) -> None:
        """Somebody wants to be the launcher. Only who could have been the first may be."""
        assert self._invitation is not None
        try:
            line, _address = self._invitation.listener.accept()
        except OSError:  # it has gone away again, or there is no descriptor for it
            return
        if _user_of(line) != os.geteuid():
            line.close()
            return
        self._drop_line()
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._obey(line)
        self._introduce()

    def _drop_line(self) -> None:
        if self._line is not None:
            assert self._scheduler is not None
            self._scheduler.unwatch_urgent(self._line.fileno())
            self._line.close()
            self._line = None


def _user_of(line: socket.socket) -> int:
    """The account of the process at the other end, as the kernel noted it when that connected."""
    user: int
    _process, user, _group = _PEER.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return user
