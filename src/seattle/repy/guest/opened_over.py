"""`open` for code that has other file calls than the API's: a layer's, or those that its caller gave it.

What it opens it opens by those calls, so that replacing `openfile` replaces `open`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from seattle.repy.guest.exceptions import FileNotFoundError as NoSuchFileError
from seattle.repy.guest.exceptions import RepyException, ResourceForbiddenError, SeekPastEndOfFileError
from seattle.repy.guest.opened import parse_mode, wrap

_later: deque[Callable[[], object]] = deque()  # what finalizers could not do at once


def open_over(
    openfile: Callable[..., Any], removefile: Callable[..., Any] | None
) -> Callable[..., IO[bytes] | IO[str]]:
    """An `open` made of these two calls. Without a `removefile` it can't replace a file that exists."""

    def open(  # noqa: A001 - its name in tracebacks
        file: str,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[bytes] | IO[str]:
        catch_up()
        binary, kind = parse_mode(file, mode)
        if kind[0] in "wx":
            _make_way(file, keep=kind[0] == "x")
        store = _CallStore(openfile(file, kind[0] != "r"))
        return wrap(store, kind, binary=binary, buffering=buffering, encoding=encoding, errors=errors, newline=newline)

    def _make_way(file: str, *, keep: bool) -> None:
        try:
            openfile(file, False).close()  # noqa: FBT003 - the reference's signature
        except NoSuchFileError:
            return
        if keep:
            raise FileExistsError(f"the file {file!r} exists already")
        if removefile is None:
            raise ResourceForbiddenError(f"the file {file!r} exists, and this program may not remove files")
        removefile(file)

    return open


def catch_up() -> None:
    """Do what finalizers left. Nobody is there to hear of a refusal."""
    while _later:
        with suppress(IndexError, RepyException):  # IndexError: another thread was faster
            _later.popleft()()


class _CallStore:
    """A file that has `readat`, `writeat` and `close`, whatever it is."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._size: int | None = None  # as far as it is known

    def read(self, count: int, position: int) -> bytes:
        catch_up()
        data = self._file.readat(count, position)
        if type(data) is not bytes or len(data) > count:
            raise OSError("readat did not return bytes, at most as many as it was asked for")
        return data

    def write(self, data: bytes, position: int) -> None:
        catch_up()
        size, self._size = self.size(), None
        self._file.writeat(data, position)
        self._size = max(size, position + len(data))

    def write_later(self, data: bytes, position: int) -> None:
        _later.append(lambda: self._file.writeat(data, position))

    def size(self) -> int:
        """Found out by reading: a file has no call that tells its size."""
        if self._size is None:
            low, high = 0, 1  # low is inside or at the end
            while self._reaches(high):
                low, high = high, high * 2
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if self._reaches(middle) else (low, middle)
            self._size = low
        return self._size

    def _reaches(self, offset: int) -> bool:
        try:
            self._file.readat(1, offset)
        except SeekPastEndOfFileError:
            return False
        return True

    def close(self) -> None:
        self._file.close()

    def close_later(self) -> None:
        _later.append(self._file.close)
