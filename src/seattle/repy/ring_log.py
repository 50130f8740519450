"""A vessel's log on disk: the last so many bytes of all that was ever written, each with a lasting offset.

A folder holds at most two segments, each a file named after the offset of its first byte. The writer (a monitor)
appends to the newer one; when that is full it starts another and drops the older. So between one and two times
`capacity` is kept, nothing is ever moved, and a reader (the node) that remembers an offset misses nothing that is
still there and can tell when something is gone. One writer at a time; any number of readers, in other processes.
"""

import os
import re
from typing import NamedTuple

_SEGMENT = re.compile(r"log\.(\d{20})\Z")


class Piece(NamedTuple):
    """Part of a log: `data` begins at `offset`, which is later than what was asked for if that is no longer kept."""

    offset: int  # bytes since the vessel's first log line
    data: bytes
    end: int  # offset just past the newest byte in the log


class RingLog:
    """The writing end. Takes over the descriptor of the folder, unless it raises OSError."""

    def __init__(self, folder: int, capacity: int) -> None:
        self._folder = folder
        self._capacity = max(capacity, 1)
        starts = _segments(folder)
        self._start = starts[-1] if starts else 0
        self._fd = self._open(self._start)
        self._size = os.fstat(self._fd).st_size

    @property
    def end(self) -> int:
        """Offset just past the newest byte."""
        return self._start + self._size

    def write(self, data: bytes) -> None:
        """Append all of `data`, however long; old segments make room."""
        view = memoryview(data)
        while view:
            if self._size >= self._capacity:
                self._next_segment()
            written = os.write(self._fd, view[: self._capacity - self._size])
            self._size += written
            view = view[written:]

    def close(self) -> None:
        """Let go of the files."""
        os.close(self._fd)
        os.close(self._folder)

    def _next_segment(self) -> None:
        start = self.end
        fd = self._open(start)
        os.close(self._fd)
        self._fd, self._start, self._size = fd, start, 0
        for old in _segments(self._folder)[:-2]:
            os.unlink(_name(old), dir_fd=self._folder)

    def _open(self, start: int) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(_name(start), flags, 0o600, dir_fd=self._folder)


def read_ring(folder: int, offset: int | None, count: int) -> Piece:
    """Up to `count` bytes from `offset`, or from the oldest byte kept if that is later or `offset` is None.

    `folder` is a descriptor; it stays open. An offset past the end gives an empty piece at the end.
    """
    while True:
        starts = _segments(folder)
        try:
            return _read(folder, starts, offset, count)
        except FileNotFoundError:  # the writer dropped a segment between our two looks
            continue


def _read(folder: int, starts: list[int], offset: int | None, count: int) -> Piece:
    if not starts:
        return Piece(0, b"", 0)
    sizes = {start: os.stat(_name(start), dir_fd=folder).st_size for start in starts}
    end = starts[-1] + sizes[starts[-1]]
    here = starts[0] if offset is None else min(max(offset, starts[0]), end)
    pieces = []
    position, left = here, count
    for start in starts:
        if left <= 0 or not start <= position < start + sizes[start]:
            continue
        fd = os.open(_name(start), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            piece = os.pread(fd, min(left, start + sizes[start] - position), position - start)
        finally:
            os.close(fd)
        pieces.append(piece)
        position += len(piece)
        left -= len(piece)
    return Piece(here, b"".join(pieces), end)


def is_log(folder: int) -> bool:
    """Whether anybody has ever begun to write there."""
    return bool(_segments(folder))


def clear_ring(folder: int) -> None:
    """Drop everything that was written; the next byte has offset 0 again. Not while a writer is at work."""
    for start in _segments(folder):
        os.unlink(_name(start), dir_fd=folder)


def _segments(folder: int) -> list[int]:
    """Start offsets, oldest first."""
    return sorted(int(match[1]) for name in os.listdir(folder) if (match := _SEGMENT.match(name)))


def _name(start: int) -> str:
    return f"log.{start:020d}"
