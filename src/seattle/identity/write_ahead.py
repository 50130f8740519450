"""SQLite's write-ahead log as a file that can be synced when it suits: many writes, one wait for the disk."""

from __future__ import annotations

import os
from pathlib import Path


class WriteAheadLog:
    """The log of an SQLite file that somebody has opened in WAL mode, with `PRAGMA synchronous = NORMAL` or more.

    What was written to that file outlives this process at once, and a power cut once `sync` has returned. Without a
    path the file lives in memory, and there is nothing to do.
    """

    def __init__(self, path: Path | None) -> None:
        """`path` is that of the SQLite file. Its log is there from the first access to the last connection's end."""
        self._fd = -1 if path is None else _open_log(path)

    def sync(self) -> None:
        """Return when all that was written before is on the disk. It blocks; any thread may call it."""
        if self._fd >= 0:
            os.fdatasync(self._fd)

    def close(self) -> None:
        """Let go of the file; before that of its SQLite file is."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _open_log(path: Path) -> int:
    """A descriptor of our own does no harm: the locks that a close would drop are on SQLite's other files."""
    folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)  # the names of the files, once
    finally:
        os.close(folder)
    return os.open(f"{path}-wal", os.O_RDWR | os.O_CLOEXEC)
