"""Leaving without a trace: what was put anywhere is taken away, and nothing else."""

import contextlib
import os
import shutil
import sys
from pathlib import Path

from . import services
from .errors import HomeUnusable, InstallerError
from .guarding import LOCK, lock
from .record import FILE, Record, read_record
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
    _remove(home.folder)
    remove_empty(record.folders)


def _leads_to(link: Path, folder: Path) -> bool:
    return link.is_symlink() and Path(os.readlink(link)).is_relative_to(folder)  # noqa: PTH115 - where it says, even to nowhere


def stage_of(folder: Path) -> Path:
    """Where an installer makes a home that is to be in this folder."""
    return folder.with_name(f".{folder.name}.installing")


def left_of(folder: Path) -> list[Path]:
    """What is left of those who were to make, or to remove, the home in this folder, and of those at work on it.

    Installers of ours begin to make a home beside it, or where the folders begin that they make for it.
    """
    places = [*(stage_of(parent / folder.name) for parent in folder.parents), _removed(folder)]
    return [one for one in places if _is_ours(one)]


def _is_ours(left: Path) -> bool:
    """Whether nobody but us has made it: it is empty, or has what no home, or half of one, is without."""
    if left.is_symlink() or not left.is_dir() or left.stat().st_uid != os.geteuid():
        return False
    names = os.listdir(left)  # noqa: PTH208 - names
    return not names or LOCK in names or FILE in names


def check_free(place: Path) -> None:
    """Raises HomeUnusable if there is something where a home is made, or where it goes first when it is removed."""
    if os.path.lexists(place):
        raise HomeUnusable(f"{place} is in the way, and not ours: move it elsewhere")


def remove_left(left: Path) -> bool:
    """Remove what somebody has left who was cut short, and the folders made for it; False if one is at work there."""
    if (fd := lock(Home(left))) < 0:
        return False
    folders: list[str] = []
    with contextlib.suppress(InstallerError):  # it had not come as far as that
        folders = read_record(Home(left)).folders
    _delete(left)
    os.close(fd)
    remove_empty(folders)
    return True


def _remove(folder: Path) -> None:
    """All of a folder, first out of the way in one step: half a home would be taken for one."""
    for left in left_of(folder):
        remove_left(left)
    if folder.is_symlink():  # the donor has moved it, to a larger disk perhaps
        _remove(folder.resolve(strict=True))
        folder.unlink()
        return
    gone = _removed(folder)
    check_free(gone)
    folder.rename(gone)
    fd = lock(Home(gone))  # or an installer would take it for left behind
    _delete(gone)
    if fd >= 0:
        os.close(fd)


def _removed(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.removed")


def _delete(folder: Path) -> None:
    """A home, its record last: whoever finds a half of it reads there what else was made for it."""
    for one in folder.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        elif one.name not in (LOCK, FILE):
            one.unlink()
    (folder / LOCK).unlink(missing_ok=True)
    shutil.rmtree(folder)


def remove_empty(folders: list[str]) -> None:
    """Remove the folders that were made for a home, but for those that are in use."""
    for folder in reversed(folders):
        with contextlib.suppress(OSError):  # somebody else has put something into it
            Path(folder).rmdir()
