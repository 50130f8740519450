"""The vessel's files: flat names, no links, every block charged, the disk quota checked before a byte is written."""

import heapq
import os
import time
from collections.abc import Callable
from contextlib import suppress

from seattle.repy.door import MAX_NAMES, Refusal
from seattle.repy.monitor.disk import BLOCK, DiskAccount
from seattle.repy.monitor.file_names import check_name, is_text
from seattle.repy.monitor.folder import Folder, disk_failed, missing
from seattle.repy.monitor.metering import pay, wait_for
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.resources.kinds import Resource
from seattle.resources.meter import Meter, Slot


def blocks(start: int, size: int) -> int:
    """How many 4 KiB units a transfer of `size` bytes at `start` touches, as the reference counts them."""
    end = start + size
    return end // BLOCK - start // BLOCK + (1 if end % BLOCK else 0)


class _Open:
    __slots__ = ("before", "fd", "name", "promised", "slot")

    def __init__(self, name: str, fd: int, slot: Slot) -> None:
        self.name = name
        self.fd = fd
        self.slot = slot
        self.promised = 0  # bytes that a write in several frames will yet grow the file by
        self.before: int | None = None  # bytes that the file had when that write began; None while there is none


class Files:
    """All file calls of one vessel. `folder` is a descriptor of its directory, opened once.

    A call returns its value, or a task where it has to wait.
    """

    def __init__(
        self,
        folder: int,
        meter: Meter,
        new_handle: Callable[[], int],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = Folder(folder)
        self._meter = meter
        self._new_handle = new_handle
        self._open: dict[int, _Open] = {}
        self._names: set[str] = set()
        self._disk = DiskAccount(folder, meter.limits[Resource.DISKUSED], hidden=self._hidden, clock=clock)

    def open(self, name: str, *, create: bool) -> Task:
        """A handle. Charges a block of reading for the look, and one of writing when the file is made."""
        check_name(name)
        if name in self._names:
            raise RefusedError(Refusal.FILE_IN_USE, f"{name!r} is open already; close it first")
        slot = self._meter.filesopened.take()
        self._names.add(name)  # from here on the name is ours, also while the charge is waited for
        try:
            yield from pay(self._meter.fileread, BLOCK)
            fd = self._folder.open(name)
            if fd is None:
                fd = yield from self._create(name, allowed=create)
        except BaseException:
            self._names.discard(name)
            slot.release()
            raise
        handle = self._new_handle()
        self._open[handle] = _Open(name, fd, slot)
        return handle

    def read(self, handle: int, offset: int, count: int) -> bytes | Task:
        """Up to `count` bytes; fewer only at the end of the file."""
        file = self._find(handle)
        _check_offset(file, offset)
        if self._meter.fileread.wait_time() > 0:
            return self._read_later(handle, offset, count)
        return self._read(file, offset, count)

    def write(self, handle: int, offset: int, data: bytes, following: int = 0) -> Task | None:
        """All of `data` at `offset`, or nothing if the quota has no room for it and the `following` bytes after it.

        Those come with the next calls, one after the other. Should the disk itself fail meanwhile, the file is cut
        to the size that it had before.
        """
        file = self._find(handle)
        size = _check_offset(file, offset)
        if self._meter.filewrite.wait_time() > 0:
            return self._write_later(handle, offset, data, following)
        return self._write(file, size, offset, data, following)

    def size(self, handle: int) -> int:
        """Bytes in the file."""
        return os.fstat(self._find(handle).fd).st_size

    def close(self, handle: int) -> None:
        """Give the handle and the name back."""
        file = self._find(handle)
        del self._open[handle]
        self._forget_write(file)
        self._disk.give_back(_size_if_removed(file))
        os.close(file.fd)
        self._names.discard(file.name)
        file.slot.release()

    def list(self, after: str) -> Task:
        """The first `MAX_NAMES` of all entries that sort after `after`, in order. Charges a block of reading."""
        yield from pay(self._meter.fileread, BLOCK)
        names = self._folder.names()
        return heapq.nsmallest(MAX_NAMES, (name for name in names if name > after and is_text(name)))

    def remove(self, name: str) -> Task:
        """Delete a file that nobody has open."""
        check_name(name)
        if name in self._names:
            raise RefusedError(Refusal.FILE_IN_USE, f"{name!r} is open; close it before you remove it")
        self._names.add(name)
        try:
            yield from pay(self._meter.fileread, BLOCK)
            if self._folder.look(name) is None:
                raise missing(name)
            yield from pay(self._meter.filewrite, BLOCK)
            self._disk.give_back(self._folder.remove(name) + BLOCK)
        finally:
            self._names.discard(name)

    def close_all(self) -> None:
        """Let go of all files: the run is over."""
        for file in self._open.values():
            os.close(file.fd)
        self._open.clear()

    def used(self) -> int:
        """Bytes of disk quota taken now."""
        try:
            return self._disk.used()
        except OSError as why:
            raise disk_failed("look at the files", why) from why

    def _create(self, name: str, *, allowed: bool) -> Task:
        if not allowed:
            raise RefusedError(Refusal.FILE_NOT_FOUND, f"there is no file {name!r}; openfile(name, True) makes one")
        self._promise(BLOCK)
        try:
            yield from pay(self._meter.filewrite, BLOCK)
            fd = self._folder.create(name)
        except BaseException:
            self._disk.forgo(BLOCK)
            raise
        self._disk.take(BLOCK)
        return fd

    # --- reading and writing -------------------------------------------------------------------------------

    def _read_later(self, handle: int, offset: int, count: int) -> Task:
        yield from wait_for(self._meter.fileread)
        data = self._read(self._find(handle), offset, count)
        return data if isinstance(data, bytes) else (yield from data)

    def _read(self, file: _Open, offset: int, count: int) -> bytes | Task:
        try:
            data = os.pread(file.fd, count, offset)
        except OSError as why:
            raise disk_failed(f"read {file.name!r}", why) from why
        seconds = self._meter.fileread.charge(blocks(offset, len(data)) * BLOCK)
        return data if seconds <= 0 else _answer_after(seconds, data)

    def _write_later(self, handle: int, offset: int, data: bytes, following: int) -> Task:
        yield from wait_for(self._meter.filewrite)
        file = self._find(handle)
        rest = self._write(file, _check_offset(file, offset), offset, data, following)
        if rest is not None:
            yield from rest

    def _write(self, file: _Open, size: int, offset: int, data: bytes, following: int) -> Task | None:
        end = offset + len(data)
        if end + following > size or file.promised:
            self._promise_growth(file, size, end + following)
        try:
            _write_all(file.fd, data, offset)
        except OSError as why:
            self._undo_growth(file, size)
            raise disk_failed(f"write {file.name!r}", why) from why
        if end > size:
            self._disk.take(end - size)
            file.promised -= end - size
        if not following:
            self._forget_write(file)
        seconds = self._meter.filewrite.charge(blocks(offset, len(data)) * BLOCK)
        return None if seconds <= 0 else _answer_after(seconds, None)

    def _promise_growth(self, file: _Open, size: int, end: int) -> None:
        """See to it that as much is promised as the file will grow by, from `size` bytes to `end`."""
        more = max(end - size, 0) - file.promised
        if more > 0:
            try:
                self._promise(more)
            except RefusedError:
                self._forget_write(file)
                raise
        elif more < 0:
            self._disk.forgo(-more)
        file.promised += more
        if file.before is None:
            file.before = size

    def _promise(self, growth: int) -> None:
        try:
            self._disk.promise(growth)
        except OSError as why:
            raise disk_failed("look at the files", why) from why

    def _undo_growth(self, file: _Open, size: int) -> None:
        before = size if file.before is None else min(file.before, size)
        with suppress(OSError):  # then the next look at the folder counts what is there
            os.ftruncate(file.fd, before)
            self._disk.give_back(size - before)
        self._forget_write(file)

    def _forget_write(self, file: _Open) -> None:
        if file.promised:
            self._disk.forgo(file.promised)
            file.promised = 0
        file.before = None

    def _hidden(self) -> int:
        return sum(map(_size_if_removed, self._open.values()))

    def _find(self, handle: int) -> _Open:
        file = self._open.get(handle)
        if file is None:
            raise RefusedError(Refusal.FILE_CLOSED, "the file is closed")
        return file


def _answer_after(seconds: float, value: bytes | None) -> Task:
    yield Sleep(seconds)
    return value


def _size_if_removed(file: _Open) -> int:
    """Bytes of quota of a file that its owner has removed while it is open: no folder shows it, but the disk has it."""
    status = os.fstat(file.fd)
    return 0 if status.st_nlink else status.st_size + BLOCK


def _write_all(fd: int, data: bytes, offset: int) -> None:
    done = os.pwrite(fd, data, offset)
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
