"""Uploads that are not whole yet: each a file named after the digest that it will have.

A chunk is taken only at the place where the last one ended, so nothing has gaps, whatever order chunks come in and
however many send at once: two senders of one content help each other along. When the last byte is there and the
digest is right, the file is renamed into place. All calls block; they are for a thread of their own.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seattle.node.errors import OverQuota, WrongDigest
from seattle.node.files import VesselFiles, disk_error, empty, safe_name
from seattle.node.folders import opened
from seattle.repy.monitor.disk import BLOCK, disk_used

MAX_UNFINISHED: Final = 8  # of one vessel; one more drops the one that waits longest
KEPT_FOR: Final = 24 * 3600.0  # seconds that an unfinished upload is kept without another chunk

_WRITE: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Announced:
    """What a sender says of a whole file."""

    name: str
    size: int  # bytes
    digest: str  # SHA-256, 64 hexadecimal digits


@dataclass(frozen=True)
class Progress:
    """How much of a content is here."""

    received: int  # bytes from its start
    complete: bool = False  # in place, under its name


class Uploads:
    """The unfinished uploads of one vessel.

    Args:
        folder: where they are kept; on the file system of `files`.
        files: where they go.
        quota: bytes that files and unfinished uploads may take together, counted as the vessel's disk quota is.
        clock: seconds since 1970.
    """

    def __init__(self, folder: Path, files: VesselFiles, *, quota: int, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._files = files
        self._quota = quota
        self._clock = clock
        self._lock = threading.Lock()  # calls come from several threads
        self._drop_old()

    def add(self, file: Announced, *, offset: int, data: bytes) -> Progress:
        """Take a chunk that begins at `offset` (bytes), if that is where the last one ended; say how far we are.

        Empty data only asks, except for an empty file. Raises BadName, OverQuota (before the first byte is taken),
        WrongDigest (and drops what came), DiskFull.
        """
        safe_name(file.name)
        with self._lock:
            if self._files.digest(file.name, if_size=file.size) == file.digest:
                self._drop(file.digest)
                return Progress(file.size, complete=True)  # the reply to its last chunk was lost, or it never changed
            held = self._held(file)
            if held == 0:
                self._check_quota(file.size + BLOCK)
            if offset == held and data:
                held = self._append(file, held, data)
            if held < file.size:
                return Progress(held)
            self._finish(file)
            return Progress(file.size, complete=True)

    def clear(self) -> None:
        """Drop all."""
        with self._lock:
            empty(self._folder)

    def _held(self, file: Announced) -> int:
        try:
            held = self._path(file.digest).stat().st_size
        except FileNotFoundError:
            return 0
        if held > file.size:  # somebody announced another size for this digest, and one of them was wrong
            self._drop(file.digest)
            return 0
        return held

    def _append(self, file: Announced, held: int, data: bytes) -> int:
        if held + len(data) > file.size:
            raise WrongDigest(f"{held + len(data)} bytes came of a file of {file.size}: announce its true size")
        self._check_quota(len(data) + (0 if held else BLOCK))
        if held == 0:
            self._make_room()
        fd = os.open(self._path(file.digest), _WRITE, 0o600)
        try:
            _append_all(fd, data, held)
        finally:
            os.close(fd)
        return held + len(data)

    def _finish(self, file: Announced) -> None:
        path = self._path(file.digest)
        fd = os.open(path, _WRITE, 0o600)  # made here if the file is empty
        with os.fdopen(fd, "rb") as content:
            content.seek(0)
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            os.fsync(fd)
        if digest != file.digest:
            path.unlink()
            raise WrongDigest(f"the content of {file.name!r} has another digest than announced: send it again")
        with opened(self._folder) as here, opened(self._files.folder) as there:
            os.rename(file.digest, file.name, src_dir_fd=here, dst_dir_fd=there)
            os.fsync(there)

    def _check_quota(self, more: int) -> None:
        with opened(self._folder) as fd:
            used = self._files.used() + disk_used(fd)
        if used + more > self._quota:
            raise OverQuota(used=used, limit=self._quota, wanted=more)

    def _make_room(self) -> None:
        """Drop the uploads that wait longest, so that one more fits."""
        waiting = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in waiting[: max(0, len(waiting) - MAX_UNFINISHED + 1)]:
            path.unlink()

    def _drop_old(self) -> None:
        for path in self._folder.iterdir():
            if self._clock() - path.stat().st_mtime > KEPT_FOR:
                path.unlink()

    def _drop(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        assert len(digest) == 64  # and hexadecimal: checked where the request was decoded
        assert digest.isalnum()
        return self._folder / digest


def _append_all(fd: int, data: bytes, held: int) -> None:
    done = 0
    try:
        while done < len(data):
            done += os.write(fd, memoryview(data)[done:])
    except OSError as why:
        os.ftruncate(fd, held)  # the sender goes on from there when there is room
        raise disk_error(why) from why
