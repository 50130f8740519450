"""Waiting for several sockets at once, so that no program has to ask each of them again and again."""

import select
import socket
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

from seattle.repy.door import MAX_WAIT, Refusal
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import READABLE, WRITABLE, Bell, Readiness, Task

MOST_OF_ONE: Final = 256
"""Waits for one socket at the same time. The kernel wakes them through lists, and 500 of those is all that it takes."""

MOST: Final = 4096
"""Entries of all waits of a vessel together. Each is some 200 bytes of kernel memory, which no other limit counts,
and the kernel counts them for all vessels of an account together."""

_BROKEN = select.EPOLLHUP | select.EPOLLERR  # whatever is tried then says so at once

Ready = list[list[int]]
"""The handles that can be read, and those that can be written."""


class Waits:
    """The waits of one vessel. Each belongs to one thread of the guest, which hears of nothing else meanwhile."""

    def __init__(self, find: Callable[[int], socket.socket | None]) -> None:
        """`find` tells the open socket of a handle."""
        self._find = find
        self._bells: defaultdict[int, set[Bell]] = defaultdict(set)
        self._entries = 0

    def wait(self, reading: Sequence[int], writing: Sequence[int], timeout: float) -> Task:
        """Wait until one of the sockets is ready, for `timeout` seconds at most, and tell those that are.

        A socket that is closed is ready: who uses it is told so. The wait may be over early, and nothing be ready.
        """
        if not timeout >= 0:  # whatever is no number, too
            raise RefusedError(Refusal.ARGUMENT, f"timeout {timeout} is not a number of seconds")
        wanted = dict.fromkeys(reading, READABLE)
        for handle in writing:
            wanted[handle] = wanted.get(handle, 0) | WRITABLE
        self._make_room(wanted)
        bell = Bell()
        with select.epoll() as epoll:
            for handle in wanted:
                self._bells[handle].add(bell)
            self._entries += len(wanted)
            try:
                is_over = self._watch(epoll, wanted)
                if not is_over and timeout > 0 and not epoll.poll(0, 1):
                    yield Readiness(epoll.fileno(), READABLE, min(timeout, MAX_WAIT), bell)
                return self._ready(epoll, wanted)
            finally:
                self._entries -= len(wanted)
                for handle in wanted:
                    self._bells[handle].discard(bell)
                    if not self._bells[handle]:
                        del self._bells[handle]

    def closed(self, handle: int) -> None:
        """Tell those who wait for a socket that is not open any more. The kernel would let them wait for ever."""
        for bell in list(self._bells.get(handle, ())):
            bell.ring()

    def _make_room(self, wanted: dict[int, int]) -> None:
        if self._entries + len(wanted) > MOST:
            raise RefusedError(Refusal.EXHAUSTED, f"more than {MOST} sockets are waited for")
        if any(len(self._bells.get(handle, ())) >= MOST_OF_ONE for handle in wanted):
            raise RefusedError(Refusal.EXHAUSTED, f"more than {MOST_OF_ONE} threads wait for one socket")

    def _watch(self, epoll: select.epoll, wanted: dict[int, int]) -> bool:
        """Have the sockets watched; whether one is closed, so that there is nothing to wait for."""
        is_closed = False
        for handle, events in wanted.items():
            sock = self._find(handle)
            if sock is None:
                is_closed = True
            else:
                epoll.register(sock, events)
        return is_closed

    def _ready(self, epoll: select.epoll, wanted: dict[int, int]) -> Ready:
        seen = dict(epoll.poll(0, len(wanted) or 1))
        ready: Ready = [[], []]
        for handle, events in wanted.items():
            sock = self._find(handle)
            now = READABLE | WRITABLE if sock is None else seen.get(sock.fileno(), 0)
            if now & _BROKEN:
                now |= READABLE | WRITABLE
            for can, handles in zip((READABLE, WRITABLE), ready, strict=True):
                if now & events & can:
                    handles.append(handle)
        return ready
