"""A vessel's files, as its owner and users reach them from outside, also while its program runs.

Names obey the rules of programs' own file calls, and nothing but plain files is ever opened. All calls block; they
are for a thread of their own.
"""

import errno
import filecmp
import hashlib
import os
import shutil
import stat
import threading
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seattle.node.errors import BadName, DiskFull, NoSuchFile
from seattle.node.folders import opened
from seattle.repy.monitor.disk import disk_used
from seattle.repy.monitor.file_names import check_name
from seattle.repy.monitor.refused import RefusedError

DIGESTS_KEPT: Final = 256  # of one vessel's files
PRIVATE: Final = "private_"  # what names of the donor's files begin with
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)

_Version = tuple[int, int, int]  # inode, time of the last change in nanoseconds, size: another means changed


@dataclass(frozen=True)
class Entry:
    """One file."""

    name: str
    size: int  # bytes
    changed_at: float  # seconds since 1970
    digest: str = ""  # SHA-256, hexadecimal, if it was asked for


@dataclass(frozen=True)
class Part:
    """A part of a file."""

    data: bytes
    total_size: int  # bytes
    digest: str  # SHA-256 of the whole file, hexadecimal


class VesselFiles:
    """The files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._digests: dict[str, tuple[_Version, str]] = {}
        self._lock = threading.Lock()  # of the digests: calls come from several threads

    def entries(self, after: str = "", count: int | None = None) -> list[Entry]:
        """Files, by name: up to `count` of those whose names come after `after`; none of the donor's."""
        found = []
        with opened(self.folder) as fd, os.scandir(fd) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # the program removed it while we looked
                    continue
                if stat.S_ISREG(status.st_mode) and entry.name > after and not entry.name.startswith(PRIVATE):
                    found.append(Entry(entry.name, status.st_size, status.st_mtime))
        found.sort(key=lambda entry: entry.name)
        return found[:count]

    def stat(self, name: str) -> Entry:
        """One file, with its digest. Raises BadName, NoSuchFile."""
        fd = self.open(name)
        try:
            digest, status = self._digest(name, fd), os.fstat(fd)
            return Entry(name, status.st_size, status.st_mtime, digest)
        finally:
            os.close(fd)

    def with_digests(self, entries: Iterable[Entry]) -> list[Entry]:
        """The same files as they are now, with their digests; without those that are gone since."""
        found = []
        for entry in entries:
            with suppress(NoSuchFile):
                found.append(self.stat(entry.name))
        return found

    def used(self) -> int:
        """Bytes of disk quota that the files take."""
        with opened(self.folder) as fd:
            return disk_used(fd)

    def open(self, name: str) -> int:
        """A descriptor of a file, for reading. Raises BadName, NoSuchFile."""
        safe_name(name)
        with opened(self.folder) as folder:
            try:
                fd = os.open(name, _READ, dir_fd=folder)
            except OSError as why:
                raise NoSuchFile(name, hint="a list of its files shows what there is") from why
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise NoSuchFile(name, hint="what has this name is not a plain file")
        return fd

    def open_all(self, names: Sequence[str]) -> list[int]:
        """A descriptor of each file, for reading: of all or of none. Raises BadName, NoSuchFile."""
        with ExitStack() as undo:
            fds = []
            for name in names:
                fds.append(self.open(name))
                undo.callback(os.close, fds[-1])
            undo.pop_all()
        return fds

    def read(self, name: str, offset: int, count: int) -> Part:
        """Up to `count` bytes from `offset`. Raises BadName, NoSuchFile."""
        fd = self.open(name)
        try:
            size = os.fstat(fd).st_size
            data = os.pread(fd, count, offset) if offset < size else b""
            return Part(data, size, self._digest(name, fd))
        finally:
            os.close(fd)

    def digest(self, name: str, *, if_size: int) -> str | None:
        """SHA-256 of a file that has this size, None if there is no such file."""
        try:
            fd = self.open(name)
        except NoSuchFile:
            return None
        try:
            return self._digest(name, fd) if os.fstat(fd).st_size == if_size else None
        finally:
            os.close(fd)

    def delete(self, name: str) -> None:
        """Delete a file. A program that has it open keeps what it has. Raises BadName, NoSuchFile."""
        os.close(self.open(name))
        with opened(self.folder) as fd:
            try:
                os.unlink(name, dir_fd=fd)
            except FileNotFoundError as why:
                raise NoSuchFile(name, hint="it was there a moment ago") from why
        with self._lock:
            self._digests.pop(name, None)

    def provide(self, source: Path, draft_folder: Path) -> None:
        """Put the donor's files `source/private_*` here, in place of what has those names and differs.

        They are written in `draft_folder`, on the same file system, and renamed. The donor's word counts before
        quotas do: what they take of the vessel's is gone.
        """
        for path in sorted(source.glob(f"{PRIVATE}*")):
            check_name(path.name)
            target, draft = self.folder / path.name, draft_folder / path.name
            if not target.is_file() or not filecmp.cmp(path, target, shallow=False):
                shutil.copyfile(path, draft)
                draft.replace(target)

    def clear(self) -> None:
        """Delete all files; those of the donor come back at the next start."""
        empty(self.folder)
        with self._lock:
            self._digests.clear()

    def _digest(self, name: str, fd: int) -> str:
        # Each chunk of a download tells the whole file's digest: reading the file for each would be quadratic.
        version = _version(fd)
        known = self._digests.get(name)
        if known is not None and known[0] == version:
            return known[1]
        with os.fdopen(os.dup(fd), "rb") as file:
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if _version(fd) == version:  # else the program wrote meanwhile: next time, another look
            with self._lock:
                self._digests.pop(name, None)
                self._digests[name] = (version, digest)
                if len(self._digests) > DIGESTS_KEPT:
                    del self._digests[next(iter(self._digests))]
        return digest


def safe_name(name: str) -> None:
    """Raise BadName for what can't be the name of a vessel's file."""
    try:
        check_name(name)
    except RefusedError as why:
        raise BadName(str(why)) from why
    if name.startswith(PRIVATE):
        raise BadName(f"{name!r}: names that begin with {PRIVATE} are for files of the donor")


def empty(folder: Path) -> None:
    """Delete all that is in a folder. There are only plain files; what else there may be stays and is an OSError."""
    with opened(folder) as fd:
        for name in os.listdir(fd):  # noqa: PTH208 - by descriptor, which pathlib can't
            os.unlink(name, dir_fd=fd)


def disk_error(why: OSError) -> Exception:
    """What to raise for a write that failed: a refusal if the disk is full, else the error itself."""
    return DiskFull("this computer's disk is full; its donor has to make room") if why.errno in _FULL else why


def _version(fd: int) -> _Version:
    status = os.fstat(fd)
    return status.st_ino, status.st_mtime_ns, status.st_size
