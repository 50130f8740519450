"""Leaving without a trace: what was put anywhere is taken away, and nothing else."""

import contextlib
import os
import shutil
import sys
from pathlib import Path

from . import services
from .errors import InstallerError
from .guarding import lock
from .record import Record, read_record
from .versions import Home


def uninstall(home: Home) -> None:
    """End what runs, and remove all of it. May be repeated. Raises InstallerError, OSError."""
    record = read_record(home)
    service = services.service(record.service, home)
    with contextlib.suppress(InstallerError):  # who can't be stopped that way is by the next line, which says so if not
        service.stop(home)
    services.stop_alone(home)  # also where it was started by hand
    remove_record(home, record)


def remove_record(home: Home, record: Record) -> None:
    """Remove what the record tells of, and the home last of all, since the record is in it. Nothing runs there."""
    try:
        services.service(record.service, home).remove(home)
    except InstallerError as why:
        print(f"note: {why}", file=sys.stderr)
    if record.link and _leads_to(Path(record.link), home.folder):
        Path(record.link).unlink()
    for stage in stages_of(home.folder):
        remove_stage(stage)
    _remove(home.folder)
    _remove_empty(record.folders)


def _leads_to(link: Path, folder: Path) -> bool:
    return link.is_symlink() and Path(os.readlink(link)).is_relative_to(folder)  # noqa: PTH115 - where it says, even to nowhere


def stage_of(folder: Path) -> Path:
    """Where an installer makes a home that is to be in this folder."""
    return folder.with_name(f".{folder.name}.installing")


def stages_of(folder: Path) -> list[Path]:
    """Where installers of ours have begun to make that home: beside it, or where its folders begin that they made."""
    places = [stage_of(parent / folder.name) for parent in folder.parents]
    return [one for one in places if one.is_dir() and not one.is_symlink() and one.stat().st_uid == os.geteuid()]


def remove_stage(stage: Path) -> bool:
    """Remove what an installer has left that was killed, and the folders it had made; False if one is at work there."""
    if (fd := lock(Home(stage))) < 0:
        return False
    folders: list[str] = []
    with contextlib.suppress(InstallerError):  # it had not come as far as that
        folders = read_record(Home(stage)).folders
    shutil.rmtree(stage)
    os.close(fd)
    _remove_empty(folders)
    return True


def _remove_empty(folders: list[str]) -> None:
    for folder in reversed(folders):
        with contextlib.suppress(OSError):  # somebody else has put something into it
            Path(folder).rmdir()


def _remove(folder: Path) -> None:
    """All of a folder, first out of the way in one step: half a home would be taken for one."""
    if folder.is_symlink():  # the donor has moved it, to a larger disk perhaps
        _remove(folder.resolve(strict=True))
        folder.unlink()
        return
    gone = folder.with_name(f".{folder.name}.removed")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone)
