"""Whether this version works on this machine: asked of itself, in an environment of its own, before it is switched to.

`python -m seattle.installer.health --home HOME` imports what a node needs, reads this node's settings and vessels (a
copy of its store), runs a program behind both walls, and reads the metadata of updates with its own client, so that
there will be an update after this one. What is wrong is the last line on stderr. That all is well is said on stdout,
too: the code 0 alone is also that of a module which ends the process when it is imported.
"""

import argparse
import importlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from enum import IntEnum
from pathlib import Path
from typing import Final

import psutil
from packaging.version import Version

from seattle.identity.errors import IdentityError
from seattle.identity.files import load_key_pair
from seattle.installer.source import UpdateSource, source_of
from seattle.installer.standalone.errors import InstallerError
from seattle.installer.standalone.versions import Home
from seattle.node.daemon import open_for
from seattle.node.errors import NodeError
from seattle.node.logs import log_to_stderr
from seattle.node.settings import load_settings
from seattle.node.setup import SETTINGS_FILE
from seattle.node.store import Store
from seattle.repy.walls import libc
from seattle.updater.errors import UpdateRefused, UpdateUnreachable

PATIENCE: Final = 60.0  # seconds for a program that prints a line
MODULES: Final = ("seattle.cli", "seattle.node.__main__", "seattle.repy.nursery", "seattle.installer.update")
PROGRAM: Final = "print('well')\n"
WELL: Final = "well"
_RUN: Final = "import sys; from seattle.repy.cli import main; sys.exit(main())"


class HealthCode(IntEnum):
    """How a check ends."""

    WELL = 0
    ILL = 1
    UNREACHABLE = 3  # nobody serves updates at the moment: no fault of this version


class UnwellError(Exception):
    """Something does not work; the text says what."""


def check(home: Home) -> None:
    """Raises UnwellError, UpdateUnreachable."""
    try:
        with tempfile.TemporaryDirectory(prefix="seattle-health-") as folder:
            _check_node(home, Path(folder))
            _check_updates(source_of(home), Path(folder))
    except (NodeError, IdentityError, InstallerError, UpdateRefused, OSError, sqlite3.Error) as why:
        raise UnwellError(str(why)) from why


def runs_programs() -> bool:
    """Whether a program runs behind both walls."""
    with tempfile.TemporaryDirectory(prefix="seattle-health-") as folder:
        os.chmod(folder, 0o700)  # noqa: PTH101 - a text
        program = Path(folder) / "well.py"
        program.write_text(PROGRAM, encoding="utf-8")
        # A runtime folder of its own: a nursery of another version is not what is asked.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "XDG_RUNTIME_DIR": folder, "HOME": folder}
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)  # the nursery that `repy` leaves behind becomes ours
        before = set(psutil.Process().children(recursive=True))
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", _RUN, "run", "--timeout", "30", "--cwd", folder, str(program)],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                timeout=PATIENCE,
                env=environment,
                cwd=folder,
            )
        except subprocess.TimeoutExpired:
            return False
        finally:
            # It would stay for a minute, of a version that may have been removed by then; and its spares after it.
            while left := set(psutil.Process().children(recursive=True)) - before:
                for process in left:
                    with suppress(psutil.Error):  # it has ended by itself
                        process.kill()
                        process.wait(PATIENCE)
            libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 0)
    return done.returncode == 0 and done.stdout == b"well\n"


def _check_node(home: Home, folder: Path) -> None:
    """Read the settings, the key, and the vessels as they are, or as they would be laid out at the first start."""
    settings = load_settings(home.node / SETTINGS_FILE)
    key = load_key_pair(settings.key_file)
    copy = folder / "store.sqlite"
    if (settings.folder / "store.sqlite").exists():
        with (
            closing(sqlite3.connect(settings.folder / "store.sqlite")) as there,
            closing(sqlite3.connect(copy)) as here,
        ):
            there.backup(here)
    with closing(Store(copy)) as store:
        open_for(key, store, settings)
        if not store.vessels():
            raise UnwellError("this version finds none of the node's vessels")


def _check_updates(source: UpdateSource | None, folder: Path) -> None:
    """Look for updates as this version would, with what is known of them already."""
    if source is None:
        return
    if source.cache.exists():
        shutil.copytree(source.cache, folder / "cache")
    source.client(cache=folder / "cache").newest(Version("0"))


def main() -> int:
    """Check; the exit code is of HealthCode."""
    parser = argparse.ArgumentParser(prog="seattle.installer.health", allow_abbrev=False)
    parser.add_argument("--home", type=Path, required=True, metavar="DIR", help="The installation.")
    parser.add_argument("--no-programs", action="store_true", help="Do not try whether programs run.")
    given = parser.parse_args()
    for module in MODULES:  # here, since a daemon's own changes what its process can import
        importlib.import_module(module)
    log_to_stderr()  # what is on stdout is the answer, and nothing else
    try:
        check(Home(given.home.absolute()))
        if not given.no_programs and not runs_programs():
            raise UnwellError("no program runs behind both walls")  # noqa: TRY301 - told as all else is
    except UnwellError as why:
        print(why, file=sys.stderr)
        return HealthCode.ILL
    except UpdateUnreachable as why:
        print(why, file=sys.stderr)
        return HealthCode.UNREACHABLE
    print(WELL)
    return HealthCode.WELL


if __name__ == "__main__":
    sys.exit(main())
