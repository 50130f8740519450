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
    _remove_stage(stage_of(home.folder))
    _remove(home.folder)
    for folder in reversed(record.folders):
        with contextlib.suppress(OSError):  # somebody else has put something into it
            Path(folder).rmdir()


def _leads_to(link: Path, folder: Path) -> bool:
    return link.is_symlink() and Path(os.readlink(link)).is_relative_to(folder)  # noqa: PTH115 - where it says, even to nowhere


def stage_of(folder: Path) -> Path:
    """Where an installer makes a home that is to be in this folder."""
    return folder.with_name(f".{folder.name}.installing")


def _remove_stage(stage: Path) -> None:
    """What an installer has left that was killed: another may be at work there."""
    if not stage.is_symlink() and stage.is_dir() and (fd := lock(Home(stage))) >= 0:
        os.close(fd)
        shutil.rmtree(stage)


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
