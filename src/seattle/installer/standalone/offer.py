"""What an installer's file offers, read from the file itself."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from .bundles import Bundle
from .errors import BundleBroken
from .loader import BUNDLE, SIGNATURE, STATEMENT, digest, write

LARGEST: Final = 64 * 1024  # bytes of a statement
_LARGEST_CODE: Final = 1024 * 1024  # bytes of one module
_MOST_ENTRIES: Final = 256
_PIECE: Final = 1024 * 1024  # bytes that are read at once


class Offer:
    """The file, checked as far as digests go: whether somebody has signed it is asked once Seattle's code is there.

    Raises BundleBroken for a file that is not whole, OSError.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
                names = [entry.filename for entry in entries]
                if len(names) > _MOST_ENTRIES or len(set(names)) != len(names):
                    raise BundleBroken(f"{file} is no installer: get it again")
                self.statement = _read(archive, STATEMENT, LARGEST)
                self.signature = _read(archive, SIGNATURE, LARGEST)
                code = {
                    name: _read(archive, name, _LARGEST_CODE)
                    for name in names
                    if name not in (STATEMENT, SIGNATURE, BUNDLE)
                }
                self.said: dict[str, Any] = json.loads(self.statement)
                fact = self.said["bundle"]
                self.version, self.build = str(fact["version"]), str(self.said["id"])
                self.name = str(self.said.get("name", ""))
                if digest(code) != self.said["loader"]:
                    raise BundleBroken(f"{file} is damaged or was changed: its code is not what it says; get it again")
                _check_bundle(archive, fact)
                with archive.open(BUNDLE) as bundle, tempfile.TemporaryFile() as made:
                    write(made, code, self.statement, self.signature, bundle)
                    _check_same(made, file)
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            RuntimeError,  # RecursionError is one
            EOFError,
            KeyError,
            TypeError,
            ValueError,
        ) as why:
            raise BundleBroken(f"{file} is no installer, or is damaged ({why}): get it again") from why

    @contextmanager
    def bundle(self) -> Iterator[Bundle]:
        """The release that it carries, checked wheel by wheel. Raises BundleBroken."""
        with zipfile.ZipFile(self.file) as archive, archive.open(BUNDLE) as file, Bundle(file) as bundle:
            bundle.check()
            if bundle.version != self.version:
                raise BundleBroken(f"{self.file} says it is version {self.version}, and has {bundle.version} in it")
            yield bundle


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    entry = archive.getinfo(name)
    if entry.file_size > most or entry.compress_type != zipfile.ZIP_STORED:
        raise BundleBroken(f"{archive.filename} is no installer: {name} is not as it has to be")
    return archive.read(entry)


def _check_bundle(archive: zipfile.ZipFile, fact: dict[str, Any]) -> None:
    entry = archive.getinfo(BUNDLE)
    if entry.file_size != fact["size"] or entry.compress_type != zipfile.ZIP_STORED:
        raise BundleBroken(f"{archive.filename} is damaged: its release has another size; get it again")
    found = hashlib.sha256()
    with archive.open(entry) as source:
        while piece := source.read(_PIECE):
            found.update(piece)
    if found.hexdigest() != fact["sha256"]:
        raise BundleBroken(f"{archive.filename} is damaged: its release has another digest; get it again")


def _check_same(made: IO[bytes], file: Path) -> None:
    """What no digest covers is where there may be nothing: before, between and behind the entries."""
    made.seek(0)
    with file.open("rb") as found:
        while (piece := made.read(_PIECE)) or found.peek(1):
            if found.read(max(len(piece), 1)) != piece:
                raise BundleBroken(f"{file} is damaged or was changed: it is not what its parts make; get it again")
