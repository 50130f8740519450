"""What the supervisor has done in a process of its own, since it takes memory that a small one should not keep."""

import os
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Final

from .archives import entry
from .bundles import Bundle
from .durable import sync_folder
from .errors import HomeUnusable, NoWheels, PythonUnusable
from .pythons import SUPPORTED, candidates, describe, has_run
from .versions import KEPT, Home

_MAIN: Final = "import sys\n\nfrom standalone.__main__ import main\n\nsys.exit(main())\n"
LAUNCHER: Final = """\
#!/bin/sh
# Starts the supervisor with a Python that there is: that of the current version, or else any of this computer.
home=$(cd "$(dirname "$0")" && pwd) || exit 1
for python in "$home/current/bin/python3" python3 python3.13 python3.12 python3.11; do
  "$python" -I -S -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
  exec "$python" -I -S "$home/supervisor.pyz" --home "$home" "$@"
done
echo "error: there is no Python on this computer: install Python 3.11, 3.12 or 3.13" >&2
exit 1
"""


def mend(home: Home) -> str:
    """Give the current version an interpreter that there is, if its own has gone; which it has now.

    Raises InstallerError, which says what to install; OSError.
    """
    version = home.current()
    if version is None:
        raise HomeUnusable(f"nothing is installed in {home.folder}: run the installer")
    folder = home.folder_of(version)
    if has_run(folder):
        return str(folder)
    tried = []
    with Bundle(folder / KEPT) as bundle:
        for python in candidates():
            try:
                bundle.mend(folder, python)
            except (NoWheels, PythonUnusable) as why:
                tried.append(str(why))
                continue
            if has_run(folder):
                return describe(python).words
    wanted = ", ".join(f"{major}.{minor}" for major, minor in SUPPORTED)
    raise PythonUnusable(
        f"the Python that version {version} ran on has gone, and no other will do: install one of Python {wanted}. "
        + "; ".join(tried)
    )


def unpack(bundle: Bundle, into: Path) -> None:
    """Unpack a version for the first Python of this computer that it runs on.

    Raises NoWheels if there is none; BundleBroken, OSError.
    """
    tried: list[str] = []
    for python in candidates():
        try:
            bundle.unpack(into, python)
        except (NoWheels, PythonUnusable) as why:
            tried.append(str(why))
        else:
            return
    raise NoWheels("; ".join(dict.fromkeys(tried)) or f"version {bundle.version} needs a Python, and there is none")


def keep_records(home: Home) -> None:
    """Copy the node's databases before another version changes their form. The daemon has ended. Raises OSError."""
    shutil.rmtree(home.records, ignore_errors=True)
    part = home.records.with_name(f".{home.records.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    for file in sorted(home.node.glob("*.sqlite")):
        _copy(file, part / file.name)
    part.rename(home.records)


def put_records_back(home: Home) -> list[str]:
    """Give back what `keep_records` kept, where the form has changed since; which databases that were.

    What has not changed in form is kept as it is now: the version before goes on with it. May be repeated.
    """
    changed = []
    for kept in sorted(home.records.glob("*.sqlite")):
        file = home.node / kept.name
        if _form(file) != _form(kept):
            _put_back(kept, file)
            changed.append(kept.name)
    return changed


def _put_back(kept: Path, file: Path) -> None:
    """In its place rather than into it: what is there may be no database any more."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    _copy(kept, new)
    with new.open("rb") as copied:
        os.fsync(copied.fileno())
    for beside in ("-wal", "-shm", "-journal"):  # of what was there: it would be played into what takes its place
        file.with_name(f"{file.name}{beside}").unlink(missing_ok=True)
    new.replace(file)
    sync_folder(file.parent)


def _form(file: Path) -> int | None:
    """The number of a database's form; None if it is none that can be read."""
    if not file.is_file():
        return None
    with closing(sqlite3.connect(file)) as db:
        try:
            (number,) = db.execute("PRAGMA user_version").fetchone()
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as why:
            if why.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):  # nothing is wrong with it
                raise OSError(f"{file} can't be read: {why}") from why
            return None
        return int(number)


def _copy(source: Path, target: Path) -> None:
    """All of a database or nothing, also when somebody writes to it."""
    try:
        with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
            there.backup(here)
    except sqlite3.Error as why:
        raise OSError(f"{source} can't be copied to {target}: {why}") from why


def pack(sources: Path, file: Path) -> None:
    """Make `supervisor.pyz` of the modules in a folder. The same modules make the same file. Raises OSError."""
    new = file.with_name(f".{file.name}.new")
    with zipfile.ZipFile(new, "w") as archive:
        archive.writestr(entry("__main__.py"), _MAIN)
        for source in sorted(sources.glob("*.py")):
            archive.writestr(entry(f"standalone/{source.name}"), source.read_bytes())
    new.replace(file)


def pack_version(home: Home, version: str, file: Path) -> None:
    """Make the supervisor of a version that is unpacked. Raises HomeUnusable, OSError."""
    found = sorted(home.folder_of(version).glob("lib/python3.*/site-packages/seattle/installer/standalone"))
    if not found:
        raise HomeUnusable(f"version {version} has no supervisor")
    pack(found[-1], file)


def put_supervisor(home: Home, version: str) -> None:
    """Put the supervisor of a version into a home, and what starts it. For an installer. Raises as `pack_version`."""
    pack_version(home, version, home.supervisor)
    home.launcher.write_text(LAUNCHER, encoding="utf-8")
    home.launcher.chmod(0o755)
