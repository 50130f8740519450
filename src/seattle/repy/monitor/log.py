"""Where a program's output goes: a stream of the launcher's, or the ring on disk."""

import os
import select
from typing import Protocol

from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.repy.ring_log import RingLog

_SURE = 4096  # bytes that a pipe takes at once when it says that it is ready
_LOOK_AGAIN = 0.005  # seconds


class Log(Protocol):
    """What the monitor needs of a log."""

    def write(self, data: bytes) -> Task:
        """Append `data`; waits for a slow reader, and only the task that writes waits."""
        ...

    def note(self, text: str) -> None:
        """Append what the sandbox itself has to say at the end of a run, if the log is the place for it."""
        ...


class StreamLog:
    """The launcher's standard output. The launcher hears of the outcome and tells its user itself."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._broken = False

    def write(self, data: bytes) -> Task:
        """See `Log`. A stream that nobody reads any more swallows what is written."""
        view = memoryview(data)
        while view and not self._broken:
            # Never block here: the descriptor is the launcher's, and so is the choice of its mode.
            if not select.select([], [self._fd], [], 0)[1]:
                yield Sleep(_LOOK_AGAIN)
                continue
            try:
                view = view[os.write(self._fd, view[:_SURE]) :]
            except BlockingIOError:
                yield Sleep(_LOOK_AGAIN)
            except OSError:
                self._broken = True

    def note(self, text: str) -> None:
        """See `Log`."""


class DiskLog:
    """The vessel's ring, which the node reads."""

    def __init__(self, folder: int, capacity: int) -> None:
        self._ring = RingLog(folder, capacity)

    def write(self, data: bytes) -> Task:
        """See `Log`."""
        self._ring.write(data)
        yield from ()

    def note(self, text: str) -> None:
        """See `Log`."""
        self._ring.write(text.encode("utf-8", "replace"))
