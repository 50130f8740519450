"""Where a program's output goes: a stream of the launcher's, or the ring on disk."""

import codecs
import os
import select
import stat
from typing import Protocol

from seattle.repy import launch
from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.repy.ring_log import RingLog
from seattle.repy.visible import visible_stream

_SURE = 4096  # bytes that a pipe takes at once when it says that it is ready
_LOOK_AGAIN, _LONGEST_PAUSE = 0.005, 0.2  # seconds


class LogGoneError(Exception):
    """Nobody will ever read what is written from here on; the text says why. Ends the run."""


class Log(Protocol):
    """What the monitor needs of a log."""

    def write(self, data: bytes) -> Task | None:
        """Append `data`. None if that is done, a task for the rest where a slow reader has to be waited for.

        Raises LogGoneError, or OSError for what may be better next time.
        """
        ...

    def note(self, text: str) -> None:
        """Append what the sandbox itself has to say at the end of a run, if the log is the place for it."""
        ...

    def close(self) -> None:
        """Let go of the descriptors."""
        ...


class StreamLog:
    """The launcher's standard output. The launcher hears of the outcome and tells its user itself."""

    def __init__(self, fd: int) -> None:
        self._fd = _never_blocking(fd)
        # Whatever a program writes to a terminal is shown, and nothing of it is obeyed.
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace") if os.isatty(self._fd) else None

    def write(self, data: bytes) -> Task | None:
        """See `Log`."""
        if self._decoder is not None:
            data = visible_stream(self._decoder.decode(data)).encode()
        if not data:
            return None
        rest = self._write_what_fits(memoryview(data))
        return self._write_rest(rest) if rest else None

    def _write_rest(self, rest: memoryview) -> Task:
        pause = _LOOK_AGAIN
        while rest:
            yield Sleep(pause)
            left = self._write_what_fits(rest)
            # A thousand threads may wait here, and stopping the guest would not stop their looks.
            pause = _LOOK_AGAIN if len(left) < len(rest) else min(2 * pause, _LONGEST_PAUSE)
            rest = left

    def _write_what_fits(self, data: memoryview) -> memoryview:
        """What is left. Never blocks, or a terminal that has been halted would keep the program from being stopped."""
        while data and select.select([], [self._fd], [], 0)[1]:
            try:
                data = data[os.write(self._fd, data[:_SURE]) :]
            except BlockingIOError:
                return data
            except BrokenPipeError as why:
                raise LogGoneError(launch.NO_READER) from why
            except OSError as why:
                raise LogGoneError(f"its output can't be written: {why.strerror}") from why
        return data

    def note(self, text: str) -> None:
        """See `Log`."""

    def close(self) -> None:
        """See `Log`."""
        os.close(self._fd)


def _never_blocking(fd: int) -> int:
    """A descriptor in place of `fd`, which it closes, for the same pipe or terminal, that never blocks.

    A flag on `fd` itself would hold for the launcher, too, and for whoever else writes there. Where the system opens
    it no second time (a socket, another account's terminal) `fd` stays: there we write only little when it is ready.
    """
    if not stat.S_ISFIFO(mode := os.fstat(fd).st_mode) and not stat.S_ISCHR(mode):
        return fd
    try:
        own = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return fd
    os.close(fd)
    return own


class DiskLog:
    """The vessel's ring, which the node reads."""

    def __init__(self, folder: int, capacity: int) -> None:
        self._ring = RingLog(folder, capacity)

    def write(self, data: bytes) -> None:
        """See `Log`."""
        self._ring.write(data)

    def note(self, text: str) -> None:
        """See `Log`."""
        self._ring.write(text.encode("utf-8", "replace"))

    def close(self) -> None:
        """See `Log`."""
        self._ring.close()
