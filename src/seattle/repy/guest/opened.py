"""Python's `open` for files of the vessel, put together from Python's own io classes over the file calls."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Protocol, Self, cast
from weakref import WeakSet

from seattle.repy import door
from seattle.repy.guest import channel
from seattle.repy.guest.channel import ask
from seattle.repy.guest.exceptions import FileNotFoundError as NoSuchFileError
from seattle.repy.guest.exceptions import RepyArgumentError, SeekPastEndOfFileError
from seattle.repy.guest.files import hold_file, removefile

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_MODES = {letter + plus for letter in "rwax" for plus in ("", "+")}

_AT_ONCE = 1 << 20  # bytes that are read, or filled with zeros, in one go

_unflushed: WeakSet[IO[bytes] | IO[str]] = WeakSet()

_held: dict[Raw, IO[bytes] | None] = {}
"""What open files are made of. In a garbage cycle the collector would close the lower layers before the upper ones
have flushed; what is held here is not garbage, and is closed from above."""


def open_file(
    file: str,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
) -> IO[bytes] | IO[str]:
    """Open a file of the vessel, as Python's `open` does.

    Args:
        file: A file's name, as for `openfile`.
        mode: One of `r w a x`, with `+` and with `b` or `t` if wanted. `w` makes a new file in place of the old one.
        buffering: As in Python.
        encoding: Of text; UTF-8 if it is not named.
        errors: As in Python.
        newline: As in Python.

    Returns:
        A file object of Python's, text or binary.

    Raises:
        ValueError: `mode` is none.
        RepyArgumentError: `file` is no name of a file.
        FileExistsError: With `x`: the file is there already.
        FileError: As for `openfile` and `removefile`.

    Costs:
        What `openfile`, `removefile`, `readat` and `writeat` cost, of which it is made.
    """
    binary, kind = parse_mode(file, mode)
    store = VesselStore(_handle(file, kind[0]))
    return wrap(store, kind, binary=binary, buffering=buffering, encoding=encoding, errors=errors, newline=newline)


def parse_mode(file: object, mode: str) -> tuple[bool, str]:
    """Whether a file is opened for bytes, and for what else: r, w, a or x, maybe with a +."""
    binary, kind = "b" in mode, mode.replace("b", "").replace("t", "")
    if type(mode) is not str or kind not in _MODES or ("t" in mode and binary):
        raise ValueError(f"mode {mode!r} is not one of r, w, a, x with an optional + and b or t")
    if type(file) is not str:
        raise RepyArgumentError(f"the file name has to be a str, not {type(file).__name__}")
    return binary, kind


def wrap(
    store: Store,
    kind: str,
    *,
    binary: bool,
    buffering: int,
    encoding: str | None,
    errors: str | None,
    newline: str | None,
) -> IO[bytes] | IO[str]:
    """Python's io classes over an open file."""
    raw = Raw.its__own(store, kind)
    buffered = _buffered(raw, kind, io.DEFAULT_BUFFER_SIZE if buffering <= 1 else buffering)
    opened: IO[bytes] | IO[str] = buffered
    if not binary:
        opened = io.TextIOWrapper(buffered, encoding or "utf-8", errors, newline, line_buffering=buffering == 1)
    _unflushed.add(opened)
    _held[raw] = None if binary else buffered
    return opened


def flush_all() -> None:
    """Write out what programs left in the buffers of files that they never closed."""
    channel.catch_up()
    for file in list(_unflushed):
        with suppress(ValueError):  # closed, or taken apart with `detach`
            file.flush()


def _handle(name: str, kind: str) -> int:
    if kind == "r":
        return cast("int", ask(door.OpenFile(name, create=False)))
    if kind != "a":
        _make_way(name, keep=kind == "x")
    return cast("int", ask(door.OpenFile(name, create=True)))


def _make_way(name: str, *, keep: bool) -> None:
    """For a new file: remove the old one, or refuse to."""
    if keep:
        try:
            ask(door.CloseFile(ask(door.OpenFile(name, create=False))))
        except NoSuchFileError:
            return
        raise FileExistsError(f"the file {name!r} exists already")
    try:
        removefile(name)
    except NoSuchFileError:
        return


def _buffered(raw: Raw, kind: str, size: int) -> IO[bytes]:
    if "+" in kind:
        return cast("IO[bytes]", io.BufferedRandom(raw, size))
    return cast("IO[bytes]", io.BufferedReader(raw, size) if kind == "r" else io.BufferedWriter(raw, size))


class Store(Protocol):
    """An open file, as `Raw` needs it. Finalizers use what ends in `_later`, since they must not ask."""

    def read(self, count: int, position: int) -> bytes:
        """Up to `count` bytes."""

    def write(self, data: bytes, position: int) -> None:
        """Write all of `data`."""

    def write_later(self, data: bytes, position: int) -> None:
        """Write all of `data` with the next call."""

    def size(self) -> int:
        """How many bytes the file has."""

    def close(self) -> None:
        """Give the file back."""

    def close_later(self) -> None:
        """Give the file back with the next call."""


class VesselStore:
    """A file that the monitor knows by `number`."""

    def __init__(self, number: int) -> None:
        self._file = hold_file(number)
        self._number = number
        self.read, self.write, self.close = self._file.readat, self._file.writeat, self._file.close

    def write_later(self, data: bytes, position: int) -> None:
        """Write all of `data` with the next call."""
        for start in range(0, len(data), door.MAX_DATA):
            piece = data[start : start + door.MAX_DATA]
            channel.ask_later(door.WriteFile(self._number, position + start, piece, len(data) - start - len(piece)))

    def size(self) -> int:
        """How many bytes the file has."""
        return cast("int", ask(door.FileSize(self._number)))

    def close_later(self) -> None:
        """Give the file back with the next call."""
        self._file.is__closed = True
        channel.ask_later(door.CloseFile(self._number))


class Raw(io.RawIOBase):
    """A vessel file as Python's io classes want one.

    The io classes flush and close what is collected, and collection may come when nothing can be
    asked, see `channel.ask_later`. What has to be asked then is asked with the next call.
    """

    __store: Store
    __kind: str
    __position: int  # bytes

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse: see `Handle`."""
        raise TypeError("open files are opened, not made")

    @classmethod
    def its__own(cls, store: Store, kind: str) -> Self:
        """One on an open file. No program can spell this name."""
        raw = io.RawIOBase.__new__(cls)
        raw.__store = store
        raw.__kind = kind
        raw.__position = store.size() if kind[0] == "a" else 0
        return raw

    def readable(self) -> bool:
        """Whether the mode lets us read."""
        return self.__kind[0] == "r" or "+" in self.__kind

    def writable(self) -> bool:
        """Whether the mode lets us write."""
        return self.__kind != "r"

    def seekable(self) -> bool:
        """Vessel files always are."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer as far as the file goes."""
        view = memoryview(buffer).cast("B")
        data = self.__read(len(view))
        view[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        """All the rest."""
        pieces = [self.__read(_AT_ONCE)]
        while pieces[-1]:
            pieces.append(self.__read(_AT_ONCE))
        return b"".join(pieces)

    def __read(self, count: int) -> bytes:
        try:
            data = self.__store.read(count, self.__position)
        except SeekPastEndOfFileError:  # Python's files just have no more there
            return b""
        self.__position += len(data)
        return data

    def write(self, data: ReadableBuffer) -> int:
        """Write all of `data`."""
        piece = bytes(data)
        if not channel.is_free():
            self.__store.write_later(piece, self.__position)
            self.__position += len(piece)
            return len(piece)
        if self.__kind[0] == "a":
            self.__position = self.__store.size()
        try:
            self.__store.write(piece, self.__position)
        except SeekPastEndOfFileError:
            self.__fill(self.__store.size())
            self.__store.write(piece, self.__position)
        self.__position += len(piece)
        return len(piece)

    def __fill(self, size: int) -> None:
        """A vessel's file has no holes: what was skipped, from its size (bytes) to where we are, becomes zeros."""
        while size < self.__position:
            zeros = bytes(min(self.__position - size, _AT_ONCE))
            self.__store.write(zeros, size)
            size += len(zeros)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move, from the start, from here or from the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.__position}.get(whence)
        position = offset + (self.__store.size() if base is None else base)
        if position < 0:
            raise ValueError(f"negative position {position}")
        self.__position = position
        return position

    def tell(self) -> int:
        """Where we are."""
        return self.__position

    def close(self) -> None:
        """Give the file back."""
        if not self.closed:
            super().close()
            _held.pop(self, None)
            if channel.is_free():
                self.__store.close()
            else:
                self.__store.close_later()
