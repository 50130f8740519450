"""The guest as a process: how it is bounded, signalled, and ended."""

import os
import select
import signal
import socket
from contextlib import suppress
from typing import NamedTuple

from seattle.repy import door
from seattle.repy.walls import CgroupLimits, Group
from seattle.resources.kinds import Resource
from seattle.resources.vector import ResourceVector

LEAST_HEADROOM = 4 * 1024 * 1024
"""Bytes that a program needs beyond the bare interpreter to be run at all."""

GONE_WITHIN = 5.0  # seconds that a killed guest may take: the kernel may be busy writing, or out of memory

_STACK = 512 * 1024  # bytes of address space for each thread's stack; mostly never touched
_MARGIN = 2 * 1024 * 1024  # bytes: pages of the interpreter's code become resident as they are used
_SPARE_DESCRIPTORS = 16
_SPARE_THREADS = 2
_PAGE = os.sysconf("SC_PAGE_SIZE")  # bytes


class Size(NamedTuple):
    """What a process takes of memory, in bytes."""

    resident: int
    data: int  # private writable address space, as RLIMIT_DATA counts it


def read_size(statm: int) -> Size:
    """The size of the process whose /proc/PID/statm this is. Raises OSError or ValueError when it has ended.

    It is 0 once the first thread has ended, whatever the others hold: what the kernel shows there is that thread's.
    """
    pages = [int(word) for word in os.pread(statm, 200, 0).split()]
    return Size(resident=pages[1] * _PAGE, data=pages[5] * _PAGE)


class TooLittleMemoryError(Exception):
    """The vessel has less memory than the interpreter alone."""


class GuestProcess:
    """One guest, a child of this process, and our end of its first line."""

    def __init__(self, pid: int, line: socket.socket, *, group: Group | None = None) -> None:
        """`group` is the cgroup that it is in, and alone in."""
        self.pid = pid
        self._group = group
        self.line = line
        self.fd = os.pidfd_open(pid)
        self._statm = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
        self._reaped = False
        self.most = 0  # bytes resident at its peak; known once it is reaped

    def size(self) -> Size:
        """Its size now. Raises OSError or ValueError when it has ended."""
        return read_size(self._statm)

    def bound(self, limits: ResourceVector) -> None:
        """Tell it the limits that the kernel shall hold it to; it goes on to the last of its walls.

        Raises TooLittleMemoryError, or OSError if it has ended.
        """
        size, events = self.size(), limits[Resource.EVENTS]
        # So many more bytes may be written to before the vessel's memory is full. The program gets a MemoryError
        # there, which it can catch, a little before the monitor would end it.
        headroom = limits[Resource.MEMORY] - size.resident
        if headroom < LEAST_HEADROOM:
            raise TooLittleMemoryError(
                f"memory {limits[Resource.MEMORY]} is too little: the interpreter alone takes {size.resident} bytes, "
                f"and a program {LEAST_HEADROOM} more; raise it"
            )
        bounds = door.Bounds(
            data_bytes=size.data + headroom - _MARGIN + events * _STACK,
            stack_bytes=events * _STACK,
            open_files=events + _SPARE_DESCRIPTORS,
            threads=events + _SPARE_THREADS,
        )
        self.line.send(door.encode(bounds))
        if self._group is not None:
            share = float(limits[Resource.CPU])
            self._group.limit(CgroupLimits(int(limits[Resource.MEMORY]), bounds.threads, share))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when it has ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.fd, number)

    def kill(self) -> None:
        """End it now; `reap` waits until the kernel has cleaned up."""
        if not self._reaped:
            self.signal(signal.SIGKILL)
            if self._group is not None:
                self._group.kill()

    def bury(self, *, within: float = GONE_WITHIN) -> None:
        """Wait, for `within` seconds, until what was killed is gone, threads and memory and all; leave no zombie.

        Not every system's first process buries the dead of others.
        """
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        if not self._reaped and poll.poll(within * 1000):
            self.reap()
        if self._reaped and self._group is not None:
            self._group.remove()
            self._group = None

    def reap(self) -> int:
        """Wait for its end: the exit code, or minus the signal that ended it. Only once."""
        _pid, status, usage = os.wait4(self.pid, 0)
        self.most = usage.ru_maxrss * 1024
        self._reaped = True
        return os.waitstatus_to_exitcode(status)

    def change_cpu(self, share: float) -> None:
        """Have the kernel hold it to another share of one core, where that is the kernel's to hold."""
        if self._group is not None:
            with suppress(OSError):  # it has just ended; besides, nobody is given more by a share that is not raised
                self._group.change_cpu(share)

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel has ended it for its memory, where that is the kernel's to hold."""
        return self._group is not None and self._group.ran_out_of_memory()

    def close(self) -> None:
        """Let go of the descriptors. Nothing can be asked of it any more."""
        self.line.close()
        os.close(self.fd)
        os.close(self._statm)
