"""Installers as files: made when they are asked for, from what a worker signed, and kept until room is needed."""

import hashlib
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from django.conf import settings

from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.errors import CannotFulfil
from seattle.installer import building, statement
from seattle.installer.standalone.errors import InstallerError
from seattle.updater.roles import Channel

SUFFIX: Final = ".pyz"
PART: Final = ".part"  # one that is being made
PLATFORMS: Final = ("linux",)
PATIENCE: Final = 10.0  # seconds for others' installers to be made
GIVEN_UP: Final = 3600.0  # seconds after which whoever made a part must have died: making one takes a few
_MEGABYTE: Final = 1_000_000

_one_at_a_time: Final = threading.Lock()  # making one writes some tens of megabytes


@dataclass(frozen=True)
class Installer:
    """A file that donors run."""

    path: Path
    name: str  # as it is saved
    sha256: str
    size: int  # bytes


def installer_of(build: Build) -> Installer:
    """The file of a signed build: nothing else is ever served. Raises CannotFulfil if it can't be made."""
    if build.state != Build.State.SIGNED or build.statement is None or build.signature is None:
        raise CannotFulfil("this build was not signed yet: that takes a few seconds while a worker runs")
    said, signature = bytes(build.statement), bytes(build.signature)
    path = _path(build, said, signature)
    if not _is_whole(build, path):
        if not _one_at_a_time.acquire(timeout=PATIENCE):
            raise CannotFulfil("many installers are being made just now: try again in a minute")
        try:
            _read_note(build)
            if not _is_whole(build, path):
                _make(build, said, signature, path)
        finally:
            _one_at_a_time.release()
    with suppress(OSError):  # another process has just deleted it, and it is made anew when it is asked for
        path.touch()  # it is of use: see `prune`
    return Installer(path, file_name(build), build.file_digest, build.file_size)


def file_name(build: Build) -> str:
    """What it is called on a donor's computer."""
    words = re.sub(r"[^0-9A-Za-z_.-]+", "-", build.name).strip("-.") or (
        "" if not build.is_custom else build.build_id[:8]
    )
    return f"seattle-node-{build.version}{f'-{words}' if words else ''}{SUFFIX}"


def prune(*, keep: Path | None = None) -> None:
    """Delete installers, those first that were asked for longest ago, until the rest is as large as it may be.

    So are parts that nobody goes on with: whoever is killed while they make one leaves it behind.
    """
    _drop_parts()
    room = settings.SITE.installers * _MEGABYTE
    for path, size in sorted(_kept(), key=lambda one: _used(one[0]), reverse=True):
        room -= size
        if room < 0 and path != keep:
            path.unlink(missing_ok=True)


def clean() -> int:
    """Delete all installers; how many there were. They are made again when they are asked for."""
    kept = _kept()
    for path, _ in kept:
        path.unlink(missing_ok=True)
    _drop_parts()
    return len(kept)


def _make(build: Build, said: bytes, signature: bytes, path: Path) -> None:
    bundle = _bundle(build)
    try:
        statement.check(said, signature, signed_by=settings.SITE.worker_key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=path.stem, suffix=PART, delete=False) as made:
            new = Path(made.name)
        try:
            building.assemble(said, signature, bundle, new)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        _note(build, path)
    except InstallerError as why:
        raise CannotFulfil(f"the installer can't be made: {why}") from why
    except OSError as why:
        raise CannotFulfil(f"the installer can't be made: {why.strerror}") from why
    prune(keep=path)


def _bundle(build: Build) -> Path:
    """The bundle that the statement speaks of, also if it is not the newest any more."""
    folder = settings.SITE.releases
    if folder is None:
        raise CannotFulfil("the operators of this testbed have no release of Seattle here to put into it")
    bundle: Path = folder / "targets" / str(Channel.STABLE) / f"{build.bundle}.bundle"
    if not bundle.is_file():
        raise CannotFulfil("the release that this build carries is not here any more: try again in a minute")
    return bundle


def _read_note(build: Build) -> None:
    """Who held the lock before us may have made it."""
    noted = Build.objects.filter(pk=build.pk, statement=build.statement).values_list("file_digest", "file_size").first()
    build.file_digest, build.file_size = noted or ("", 0)


def _note(build: Build, path: Path) -> None:
    build.file_digest = building.sha256_of(path)
    build.file_size = path.stat().st_size
    Build.objects.filter(pk=build.pk, statement=build.statement).update(
        file_digest=build.file_digest, file_size=build.file_size
    )


def _path(build: Build, said: bytes, signature: bytes) -> Path:
    what = hashlib.sha256(said + signature).hexdigest()[:16]
    folder: Path = settings.SITE.installer_folder
    return folder / f"{build.build_id}-{what}{SUFFIX}"


def _kept() -> list[tuple[Path, int]]:
    folder: Path = settings.SITE.installer_folder
    found = []
    for path in folder.glob(f"*{SUFFIX}") if folder.is_dir() else ():
        with suppress(OSError):  # another process has just deleted it
            found.append((path, path.stat().st_size))
    return found


def _drop_parts() -> None:
    folder: Path = settings.SITE.installer_folder
    for path in list(folder.glob(f"*{PART}")) if folder.is_dir() else ():
        if _used(path) < time.time() - GIVEN_UP:
            path.unlink(missing_ok=True)


def _is_whole(build: Build, path: Path) -> bool:
    """Whether the file is there as it was made: a disk that was full, or failed, may have cut it short."""
    try:
        return bool(build.file_digest) and path.stat().st_size == build.file_size
    except OSError:
        return False


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
