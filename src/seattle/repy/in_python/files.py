"""Files of a folder, by the calls of Repy."""

import threading
from pathlib import Path
from typing import Final

from seattle.repy.guest.exceptions import (
    FileClosedError,
    FileInUseError,
    FileNotFoundError,  # noqa: A004 - the reference's name
    RepyArgumentError,
    SeekPastEndOfFileError,
)

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
_LONGEST_NAME: Final = 120


class File:
    """An open file, which is read and written by offset."""

    def __init__(self, folder: "Folder", name: str) -> None:
        self._folder, self._name = folder, name
        self._file = (folder.path / name).open("r+b")
        self._lock = threading.Lock()

    def readat(self, sizelimit: int | None, offset: int) -> bytes:
        """At most so many bytes, from there."""
        with self._lock:
            self._seek(offset)
            return self._file.read(-1 if sizelimit is None else sizelimit)

    def writeat(self, data: bytes | str, offset: int) -> None:
        """Over what is there, or at the end."""
        with self._lock:
            self._seek(offset)
            self._file.write(data.encode() if isinstance(data, str) else data)
            self._file.flush()

    def close(self) -> None:
        """Close it. Raises FileClosedError if it is."""
        with self._lock:
            if self._file.closed:
                raise FileClosedError(f"{self._name} is closed")
            self._file.close()
        self._folder.forget(self._name)

    def _seek(self, offset: int) -> None:
        if self._file.closed:
            raise FileClosedError(f"{self._name} is closed")
        if type(offset) is not int or offset < 0:
            raise RepyArgumentError("offset has to be an int of 0 or more")
        if offset > self._file.seek(0, 2):
            raise SeekPastEndOfFileError(f"{offset} is past the end of {self._name}")
        self._file.seek(offset)


class Folder:
    """The calls for files, in one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: set[str] = set()
        self._lock = threading.Lock()

    def openfile(self, filename: str, create: bool) -> File:  # noqa: FBT001 - the reference's signature
        """Open a file, which is made if it is not there and `create` is true."""
        file = self.path / _checked(filename)
        with self._lock:
            if filename in self._open:
                raise FileInUseError(f"{filename} is open")
            if not file.is_file():
                if not create:
                    raise FileNotFoundError(f"there is no file {filename!r}")
                file.touch()
            opened = File(self, filename)
            self._open.add(filename)
        return opened

    def listfiles(self) -> list[str]:
        """The names of those that Repy can open."""
        return sorted(one.name for one in self.path.iterdir() if one.is_file() and _LETTERS.issuperset(one.name))

    def removefile(self, filename: str) -> None:
        """Delete a file that is not open."""
        file = self.path / _checked(filename)
        with self._lock:
            if filename in self._open:
                raise FileInUseError(f"{filename} is open")
            if not file.is_file():
                raise FileNotFoundError(f"there is no file {filename!r}")
            file.unlink()

    def forget(self, filename: str) -> None:
        """It is closed."""
        with self._lock:
            self._open.discard(filename)


def _checked(name: object) -> str:
    if type(name) is not str or not 0 < len(name) <= _LONGEST_NAME or name[0] == "." or not _LETTERS.issuperset(name):
        raise RepyArgumentError(f"{name!r} is no name of a file: small letters, digits, `.`, `_` and `-`")
    return name
