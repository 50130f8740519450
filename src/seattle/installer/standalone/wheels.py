"""A wheel into an environment: files under checked names, and nothing else.

Programs, headers and data that a wheel may carry besides are left out: what is installed is started as modules.
"""

import errno
import os
import stat
import zipfile
import zlib
from pathlib import Path
from typing import IO, Final

from .errors import BundleBroken

MOST_FILES: Final = 20_000  # in one wheel
MOST_BYTES: Final = 256 * 2**20  # in one wheel, when it is unpacked
MOST_DEEP: Final = 64  # folders in one another: what is removed goes down them, and the stack with it
# What others, such as bzip2, make of a few bytes has no bound until it is there.
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE: Final = 1024 * 1024  # bytes that are copied at once
_INTO_PACKAGES: Final = ("purelib", "platlib")


def extract(wheel: IO[bytes], name: str, packages: Path) -> None:
    """Put the modules of a wheel into a folder of packages. `name`: for errors. Raises BundleBroken, OSError."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise BundleBroken(f"{name} is larger than a wheel may be when it is unpacked")
            for entry in entries:
                if (parts := _place(entry, name)) is not None:
                    _write(archive, entry, packages.joinpath(*parts), name)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
    ) as why:
        raise BundleBroken(f"{name} is no wheel that can be unpacked: {why}") from why


def safe_parts(path: str, source: str) -> tuple[str, ...]:
    """The parts of a path in an archive. Raises BundleBroken for one that could lead out of a folder."""
    parts = tuple(path.split("/"))
    if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
        raise BundleBroken(f"{source} has an entry {path!r}, which no file may be called")
    return parts


def _place(entry: zipfile.ZipInfo, name: str) -> tuple[str, ...] | None:
    """Where a file goes, below the packages; None for what is left out."""
    if not entry.filename:  # which `is_dir` of some Pythons can't be asked
        raise BundleBroken(f"{name} has an entry without a name")
    if entry.is_dir():
        safe_parts(entry.filename.rstrip("/"), name)
        return None
    parts = safe_parts(entry.filename, name)
    if len(parts) > MOST_DEEP:
        raise BundleBroken(
            f"{name} has a file that is in {len(parts)} folders, more than the {MOST_DEEP} that it may be"
        )
    if entry.compress_type not in _PACKED:
        raise BundleBroken(f"{name} has an entry {entry.filename!r} that is packed in a way that no wheel is")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise BundleBroken(f"{name} has an entry {entry.filename!r} that is no plain file")
    if not parts[0].endswith(".data"):
        return parts
    return parts[2:] if len(parts) > 2 and parts[1] in _INTO_PACKAGES else None


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path, name: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except (FileExistsError, NotADirectoryError) as why:
        raise BundleBroken(f"{name} has a file {entry.filename!r} where another is there already") from why
    except OSError as why:
        if why.errno == errno.ENAMETOOLONG:  # no fault of this computer's, as a full disk is
            raise BundleBroken(f"{name} has a file whose name is too long: {entry.filename[:80]!r} ...") from why
        raise
    left = entry.file_size  # what it says must do: an entry may hold more than it says
    with os.fdopen(fd, "wb") as output, archive.open(entry) as source:
        while piece := source.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise BundleBroken(f"{name} has a file {entry.filename!r} that is longer than it says")
            output.write(piece)
    if left:
        raise BundleBroken(f"{name} has a file {entry.filename!r} that is shorter than it says")
