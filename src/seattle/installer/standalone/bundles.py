"""A bundle: one release as one file. The same file is fetched as an update and lies in every installer.

It is a zip of stored entries: `manifest.json`, which says what else there is and which wheels a Python needs, and the
wheels. That the file is the right one, signatures say (`updater.client`, the installer's statement); here is checked
that it is whole, and that nothing in it leaves the folder that it is unpacked into.
"""

import hashlib
import io
import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

from .durable import sync_folder
from .environments import fill
from .errors import BundleBroken, NoWheels
from .pythons import Interpreter, describe
from .versions import KEPT, VERSION
from .wheels import extract, safe_parts

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
LARGEST_MANIFEST: Final = 1024 * 1024  # bytes
LARGEST_WHEEL: Final = 64 * 2**20  # bytes
LARGEST: Final = 256 * 2**20  # bytes of a bundle
MOST_WHEELS: Final = 1024
MOST_PYTHONS: Final = 64
_PYTHON: Final = re.compile(r"[0-9A-Za-z._-]{1,64}")  # cp311-x86_64; people are shown it before they trust the file
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PIECE: Final = 1024 * 1024  # bytes that are read at once


@dataclass(frozen=True)
class _File:
    """What the manifest says of one."""

    sha256: str
    size: int  # bytes


class Bundle:
    """The bundle in a file, which is open until `close`; or use it with `with`.

    Args:
        file: its path, or a file that can be read anywhere, such as an entry of the installer.

    Raises BundleBroken for what has no manifest as it should be, OSError.
    """

    def __init__(self, file: Path | IO[bytes]) -> None:
        self._opened = file.open("rb") if isinstance(file, Path) else None
        self._source: IO[bytes] = self._opened or file  # type: ignore[assignment]  # one of the two
        try:
            _check_size(self._source.seek(0, os.SEEK_END))
            with _told():
                self._zip = zipfile.ZipFile(self._source)
                manifest = self._read_manifest()
            self.version = manifest.version
            self._files, self._pythons = manifest.files, manifest.pythons
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, if it was opened here."""
        if self._opened is not None:
            self._opened.close()

    @property
    def pythons(self) -> list[str]:
        """For which interpreters there are wheels: `cp311-x86_64`, ..."""
        return sorted(self._pythons)

    def check(self) -> None:
        """Make sure that every file is there, as the manifest says, and no other. Raises BundleBroken."""
        names = self._zip.namelist()
        expected = {MANIFEST, *self._files}
        if len(names) != len(set(names)) or set(names) != expected:
            odd = sorted(set(names) ^ expected) or ["an entry that is there twice"]
            raise BundleBroken(f"the bundle and its manifest differ: {odd[0]}; fetch it again")
        for name, told in self._files.items():
            digest = hashlib.sha256()
            with self._entry(name, told) as source:
                while piece := source.read(_PIECE):
                    digest.update(piece)
            if digest.hexdigest() != told.sha256:
                raise BundleBroken(f"{name} in the bundle is damaged: its digest is another; fetch the bundle again")

    def wheels_for(self, python: Interpreter) -> list[str]:
        """The names of the wheels that an interpreter needs. Raises NoWheels."""
        try:
            return self._pythons[python.tag]
        except KeyError:
            there = ", ".join(self.pythons)
            raise NoWheels(
                f"version {self.version} has nothing for {python.words} (it has {there}): install one of these Pythons"
                if any(name.endswith(f"-{python.machine}") for name in self._pythons)
                else f"version {self.version} has nothing for {python.machine}, whichever Python (it has {there})"
            ) from None

    def unpack(self, into: Path, python: str | os.PathLike[str] | None = None) -> None:
        """Make `into` an environment with this version in it, and a copy of the bundle: whole, or not at all.

        Args:
            into: a folder that is not there yet; its parent is.
            python: the interpreter to make it for; that which runs this by default.

        Raises BundleBroken, NoWheels, PythonUnusable, OSError; then nothing is left.
        """
        interpreter = describe(python or sys.executable)
        self.wheels_for(interpreter)  # raises before anything is written
        part = into.with_name(f".{into.name}.part")
        shutil.rmtree(part, ignore_errors=True)  # of an attempt that was cut short
        try:
            part.mkdir(mode=0o755)
            with (part / KEPT).open("xb") as kept:
                self._source.seek(0)
                shutil.copyfileobj(self._source, kept, _PIECE)
            self._fill(part, interpreter, final=into)
            part.rename(into)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        sync_folder(into.parent)

    def mend(self, folder: Path, python: str | os.PathLike[str]) -> None:
        """Give an environment that this was unpacked into another interpreter. Raises as `unpack`, changing nothing."""
        self._fill(folder, describe(python), final=folder)

    def _fill(self, root: Path, python: Interpreter, *, final: Path) -> None:
        wheels = self.wheels_for(python)
        stale = root / "lib" / f".python{python.version[0]}.{python.version[1]}.part"
        shutil.rmtree(stale, ignore_errors=True)

        def write_packages(packages: Path) -> None:
            for name in wheels:
                extract(io.BytesIO(self._wheel(name)), name, packages)

        try:
            fill(root, python, write_packages, final=final)
        except BaseException:
            shutil.rmtree(stale, ignore_errors=True)
            raise

    def _wheel(self, name: str) -> bytes:
        """A wheel, read anew and checked as it is read."""
        told = self._files[f"wheels/{name}"]
        with self._entry(f"wheels/{name}", told) as source:
            data = source.read(told.size + 1)
        if len(data) != told.size or hashlib.sha256(data).hexdigest() != told.sha256:
            raise BundleBroken(f"{name} in the bundle is damaged: its digest is another; fetch the bundle again")
        return data

    @contextmanager
    def _entry(self, name: str, told: _File) -> Iterator[IO[bytes]]:
        with _told():
            entry = self._zip.getinfo(name)
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != told.size:
                raise BundleBroken(f"{name} in the bundle is not as the manifest says; fetch the bundle again")
            with self._zip.open(entry) as source:
                yield source

    def _read_manifest(self) -> "_Manifest":
        entries = self._zip.infolist()
        if not entries or entries[0].filename != MANIFEST or entries[0].file_size > LARGEST_MANIFEST:
            raise BundleBroken("this is no bundle: it does not begin with a manifest")
        if entries[0].compress_type != zipfile.ZIP_STORED:
            raise BundleBroken("this is no bundle: its manifest is compressed")
        if len(entries) > MOST_WHEELS + 1:
            raise BundleBroken(f"the bundle has {len(entries)} entries, more than the {MOST_WHEELS + 1} it may have")
        try:
            told = json.loads(self._zip.read(entries[0]))
        except (ValueError, RecursionError) as why:
            raise BundleBroken(f"the bundle's manifest can't be read: {why}") from why
        return _manifest(told)


@dataclass(frozen=True)
class _Manifest:
    """What a bundle says of itself."""

    version: str
    files: dict[str, _File]
    pythons: dict[str, list[str]]


def _manifest(told: Any) -> _Manifest:
    """Raises BundleBroken for what is not as it should be."""
    if isinstance(told, dict) and told.get("format") != FORMAT:
        raise BundleBroken(
            f"the bundle is of format {told.get('format')!r}, and this program reads {FORMAT}: get a newer installer"
        )
    try:
        version = told["version"]
        files = {name: _File(one["sha256"], one["size"]) for name, one in told["files"].items()}
        pythons = {name: list(wheels) for name, wheels in told["pythons"].items()}
        is_right = (
            _is_text(version, VERSION)
            and len(files) <= MOST_WHEELS
            and all(_is_text(file.sha256, _SHA256) and type(file.size) is int for file in files.values())
            and all(0 <= file.size <= LARGEST_WHEEL for file in files.values())
            and 0 < len(pythons) <= MOST_PYTHONS
            and all(_is_text(name, _PYTHON) for name in pythons)
            and all(wheels and len(wheels) == len(set(wheels)) for wheels in pythons.values())
            and all(f"wheels/{wheel}" in files for wheels in pythons.values() for wheel in wheels)
        )
    except (KeyError, TypeError, AttributeError) as why:
        raise BundleBroken(f"the bundle's manifest lacks what it should say: {why!r}") from why
    if not is_right:
        raise BundleBroken("the bundle's manifest does not say what it should")
    for name in files:
        parts = safe_parts(name, "the bundle")
        if len(parts) != 2 or parts[0] != "wheels" or not name.endswith(".whl"):
            raise BundleBroken(f"the bundle has a file {name!r}, which is no wheel in its place")
    return _Manifest(version, files, pythons)


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise BundleBroken(f"the bundle has {size} bytes, more than the {LARGEST} that one may have")


def _is_text(value: object, pattern: "re.Pattern[str]") -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


@contextmanager
def _told() -> Iterator[None]:
    """Says in our words what `zipfile` raises."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        KeyError,
        ValueError,
    ) as why:
        raise BundleBroken(f"the bundle can't be read: {why}; fetch it again") from why
