"""The vessel's files: flat names, no links, every block charged, the disk quota checked before a byte is written."""

import heapq
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from seattle.repy.door import MAX_NAMES, Refusal
from seattle.repy.monitor.metering import pay, wait_for
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Task
from seattle.resources.kinds import Resource
from seattle.resources.meter import Meter, Slot

BLOCK = 4096
"""Bytes of the unit in which reading and writing are charged, and what each directory entry costs of the quota."""

MAX_NAME = 120  # characters

_ALLOWED = re.compile(r"[a-z0-9._-]+\Z")


def check_name(name: str) -> None:
    """Refuse what is not a vessel file's name. The order is the reference's (spec section 3.4)."""
    if len(name) > MAX_NAME:
        raise RefusedError(
            Refusal.ARGUMENT, f"the file name has {len(name)} characters; at most {MAX_NAME} are allowed"
        )
    if name in ("", ".", ".."):
        raise RefusedError(Refusal.ARGUMENT, f"{name!r} is not a file name")
    if not _ALLOWED.match(name):
        raise RefusedError(
            Refusal.ARGUMENT,
            f"the file name {name!r} is not allowed: use only a-z, 0-9, '.', '_' and '-' (a vessel has no folders)",
        )
    if name.startswith("."):
        raise RefusedError(Refusal.ARGUMENT, f"the file name {name!r} starts with a period, which is not allowed")


def blocks(start: int, size: int) -> int:
    """How many 4 KiB units a transfer of `size` bytes at `start` touches, as the reference counts them."""
    end = start + size
    return end // BLOCK - start // BLOCK + (1 if end % BLOCK else 0)


def disk_used(folder: int) -> int:
    """Bytes of quota that the files beneath a vessel folder take: size plus one block for each entry."""
    used = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                used += entry.stat(follow_symlinks=False).st_size + BLOCK
            except FileNotFoundError:  # removed while we looked
                continue
    return used


class _Open:
    __slots__ = ("fd", "name", "slot")

    def __init__(self, name: str, fd: int, slot: Slot) -> None:
        self.name = name
        self.fd = fd
        self.slot = slot


class Files:
    """All file calls of one vessel. `folder` is a descriptor of its directory, opened once."""

    def __init__(self, folder: int, meter: Meter, new_handle: Callable[[], int]) -> None:
        self._folder = folder
        self._meter = meter
        self._new_handle = new_handle
        self._open: dict[int, _Open] = {}
        self._names: set[str] = set()

    def open(self, name: str, *, create: bool) -> Task:
        """A handle. Charges a block of reading for the look, and one of writing when the file is made."""
        check_name(name)
        if name in self._names:
            raise RefusedError(Refusal.FILE_IN_USE, f"{name!r} is open already; close it first")
        slot = self._meter.filesopened.take()
        self._names.add(name)  # from here on the name is ours, also while the charge is waited for
        try:
            yield from pay(self._meter.fileread, BLOCK)
            fd = yield from self._descriptor(name, create=create)
        except BaseException:
            self._names.discard(name)
            slot.release()
            raise
        handle = self._new_handle()
        self._open[handle] = _Open(name, fd, slot)
        return handle

    def read(self, handle: int, offset: int, count: int) -> Task:
        """Up to `count` bytes; fewer only at the end of the file."""
        file = self._find(handle)
        _check_offset(file, offset)
        yield from wait_for(self._meter.fileread)
        fd = self._find(handle).fd
        with _this_computer(f"could not read {file.name!r}"):
            data = os.pread(fd, count, offset)
        yield from pay(self._meter.fileread, blocks(offset, len(data)) * BLOCK)
        return data

    def write(self, handle: int, offset: int, data: bytes) -> Task:
        """All of `data` at `offset`, or nothing if the quota does not allow it."""
        file = self._find(handle)
        size = _check_offset(file, offset)
        yield from wait_for(self._meter.filewrite)
        fd = self._find(handle).fd
        self._reserve(max(offset + len(data) - size, 0))
        with _this_computer(f"could not write {file.name!r}"):
            _write_all(fd, data, offset)
        yield from pay(self._meter.filewrite, blocks(offset, len(data)) * BLOCK)
        return None

    def size(self, handle: int) -> int:
        """Bytes in the file."""
        return os.fstat(self._find(handle).fd).st_size

    def close(self, handle: int) -> None:
        """Give the handle and the name back."""
        file = self._find(handle)
        del self._open[handle]
        os.close(file.fd)
        self._names.discard(file.name)
        file.slot.release()

    def list(self, after: str) -> Task:
        """The first `MAX_NAMES` of all entries that sort after `after`, in order. Charges a block of reading."""
        yield from pay(self._meter.fileread, BLOCK)
        with _this_computer("could not list the files"):
            names = os.listdir(self._folder)  # noqa: PTH208 - by descriptor, which pathlib can't
        return heapq.nsmallest(MAX_NAMES, (name for name in names if name > after and _is_text(name)))

    def remove(self, name: str) -> Task:
        """Delete a file that nobody has open."""
        check_name(name)
        if name in self._names:
            raise RefusedError(Refusal.FILE_IN_USE, f"{name!r} is open; close it before you remove it")
        self._names.add(name)
        try:
            yield from pay(self._meter.fileread, BLOCK)
            if not self._is_file(name):
                raise RefusedError(Refusal.FILE_NOT_FOUND, f"there is no file {name!r} to remove")
            yield from pay(self._meter.filewrite, BLOCK)
            self._unlink(name)
        finally:
            self._names.discard(name)

    def close_all(self) -> None:
        """Let go of all files: the run is over."""
        for file in self._open.values():
            os.close(file.fd)
        self._open.clear()

    def used(self) -> int:
        """Bytes of disk quota taken now."""
        with _this_computer("could not look at the files"):
            return disk_used(self._folder) + sum(map(_size_if_removed, self._open.values()))

    def _descriptor(self, name: str, *, create: bool) -> Task:
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        if self._is_file(name):
            with _this_computer(f"could not open {name!r}"):
                return os.open(name, flags, dir_fd=self._folder)
        if self._exists(name):
            raise RefusedError(Refusal.FILE_NOT_FOUND, f"{name!r} is not a regular file")
        if not create:
            raise RefusedError(Refusal.FILE_NOT_FOUND, f"there is no file {name!r}; openfile(name, True) makes one")
        self._reserve(BLOCK)
        yield from pay(self._meter.filewrite, BLOCK)
        self._reserve(BLOCK)  # others may have taken the room meanwhile
        with _this_computer(f"could not create {name!r}"):
            return os.open(name, flags | os.O_CREAT, 0o600, dir_fd=self._folder)

    def _unlink(self, name: str) -> None:
        try:
            with _this_computer(f"could not remove {name!r}"):
                os.unlink(name, dir_fd=self._folder)
        except FileNotFoundError as why:
            raise RefusedError(Refusal.FILE_NOT_FOUND, f"there is no file {name!r} to remove") from why

    def _reserve(self, growth: int) -> None:
        if growth == 0:
            return
        # Looked up afresh each time: the owner may upload or delete files while the program runs.
        used, limit = self.used(), self._meter.limits[Resource.DISKUSED]
        if used + growth > limit:
            raise RefusedError(
                Refusal.EXHAUSTED, f"diskused: {used} of {limit} bytes are taken, {growth} more do not fit"
            )

    def _exists(self, name: str) -> bool:
        try:
            os.stat(name, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def _is_file(self, name: str) -> bool:
        try:
            return stat.S_ISREG(os.stat(name, dir_fd=self._folder, follow_symlinks=False).st_mode)
        except FileNotFoundError:
            return False

    def _find(self, handle: int) -> _Open:
        file = self._open.get(handle)
        if file is None:
            raise RefusedError(Refusal.FILE_CLOSED, "the file is closed")
        return file


@contextmanager
def _this_computer(failed: str) -> Iterator[None]:
    """Let what the donor's disk does not do be the program's FileError; a file that is missing stays what it is."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as why:
        raise RefusedError(Refusal.FILE, f"this computer {failed}: {why.strerror}") from why


def _is_text(name: str) -> bool:
    """Whether a name that the donor gave can be told: bytes that are no text can't."""
    return name.isascii() or name.encode("utf-8", "ignore").decode() == name


def _size_if_removed(file: _Open) -> int:
    """Bytes of quota of a file that its owner has removed while it is open: no folder shows it, but the disk has it."""
    status = os.fstat(file.fd)
    return 0 if status.st_nlink else status.st_size + BLOCK


def _write_all(fd: int, data: bytes, offset: int) -> None:
    done = 0
    while done < len(data):
        done += os.pwrite(fd, memoryview(data)[done:], offset + done)


def _check_offset(file: _Open, offset: int) -> int:
    """The file's size in bytes, if `offset` does not lie past it: files have no holes."""
    size = os.fstat(file.fd).st_size
    if offset > size:
        raise RefusedError(
            Refusal.PAST_END, f"offset {offset} is past the end of {file.name!r}, which has {size} bytes"
        )
    return size
