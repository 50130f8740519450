"""The update step: `python -m seattle.installer.update --home HOME`, which a supervisor runs every now and then.

Looks what is newest, fetches it within bounds, unpacks it beside what is current, has it try itself, and names it as
the next. The supervisor does the rest: nothing that works is touched here. How it ends is an exit code; why, a line in
the log.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from packaging.version import InvalidVersion, Version

from seattle.installer.health import WELL, HealthCode, runs_programs
from seattle.installer.source import source_of
from seattle.installer.standalone.bundles import Bundle
from seattle.installer.standalone.codes import UpdateCode
from seattle.installer.standalone.errors import BundleBroken, HomeUnusable, InstallerError, NoWheels
from seattle.installer.standalone.mending import unpack
from seattle.installer.standalone.versions import Home
from seattle.node.errors import NodeError
from seattle.node.logs import log_to_stderr
from seattle.updater.client import Available
from seattle.updater.errors import UpdateError, UpdateRefused, UpdateUnreachable

HEALTH_PATIENCE: Final = 300.0  # seconds for a version to try itself
ROOM: Final = 6  # times the size of a bundle: itself twice, what is in it, and its bytecode
DAY: Final = 24 * 3600.0  # seconds until a version is tried again for which there was no Python
SPARE: Final = 64 * 2**20  # bytes that are left to the donor

log = structlog.get_logger()


def step(home: Home, *, clock: Callable[[], float] = time.time) -> UpdateCode:
    """Do it. `clock`: seconds since 1970.

    Raises UpdateError, InstallerError, NodeError, OSError: then all is as before, and it may be tried again.
    """
    installed = home.current()
    if installed is None:
        raise HomeUnusable(f"nothing is installed in {home.folder}: run the installer")
    source = source_of(home)
    if source is None or home.trial() is not None:
        return UpdateCode.NOTHING_NEW
    client = source.client()
    available = client.newest(Version(installed))
    if available is None:
        return UpdateCode.NOTHING_NEW
    version = str(available.version)
    if (refused := home.refused(clock()).get(version)) is not None:
        log.info("update_refused_before", version=version, why=refused.why)
        return UpdateCode.NOTHING_NEW
    _check_room(home, available)
    file = home.updates / f"{version}.bundle"
    try:
        client.fetch(available, file)
        _unpack(home, file, available)
        why = _try_out(home, version)
    except subprocess.TimeoutExpired as late:  # of this computer, perhaps: it may be asleep half of the time
        home.refuse(version, f"it did not try itself within {HEALTH_PATIENCE:g} s", until=clock() + DAY)
        raise UpdateRefused(f"version {version} did not try itself within {HEALTH_PATIENCE:g} s") from late
    except NoWheels as no:  # until the donor has another Python
        home.refuse(version, str(no), until=clock() + DAY)
        raise
    except BundleBroken as no:  # signed by release managers, and broken: their next one will do
        home.refuse(version, str(no))
        raise
    finally:
        file.unlink(missing_ok=True)
    if why:
        home.refuse(version, why)
        shutil.rmtree(home.folder_of(version), ignore_errors=True)
        raise UpdateRefused(f"version {version} does not work here: {why}")
    home.name_next(version)
    log.info("update_prepared", version=version, before=installed)
    return UpdateCode.PREPARED


def _check_room(home: Home, available: Available) -> None:
    free, needed = shutil.disk_usage(home.folder).free, ROOM * available.size + SPARE
    if free < needed:
        raise OSError(f"{needed // 2**20} MiB are needed for version {available.version}, {free // 2**20} are free")


def _unpack(home: Home, file: Path, available: Available) -> None:
    """Raises InstallerError, OSError."""
    version = str(available.version)
    with Bundle(file) as bundle:
        if not _is_same(bundle.version, available.version):
            raise BundleBroken(f"what is published as version {version} says that it is {bundle.version}")
        bundle.check()
        shutil.rmtree(home.folder_of(version), ignore_errors=True)  # of an attempt that was cut short
        unpack(bundle, home.folder_of(version))


def _is_same(text: str, version: Version) -> bool:
    try:
        return Version(text) == version
    except InvalidVersion:
        return False


def _try_out(home: Home, version: str) -> str:
    """Have the new version try itself; what is wrong, or nothing.

    Raises UpdateUnreachable, subprocess.TimeoutExpired, OSError.
    """
    if not runs_programs():  # then the new one can't be asked more than that
        log.warning("no_program_runs_here")
        more = ["--no-programs"]
    else:
        more = []
    python = str(home.folder_of(version) / "bin" / "python3")
    command = [python, "-P", "-m", "seattle.installer.health", "--home", str(home.folder), *more]
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=HEALTH_PATIENCE)
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    said = lines[-1][:500] if lines else f"its check ended with {done.returncode}"
    if done.returncode == HealthCode.UNREACHABLE:
        raise UpdateUnreachable(said)
    return "" if done.returncode == HealthCode.WELL and done.stdout.strip() == WELL.encode() else said


def main() -> int:
    """Do the step; the exit code is of UpdateCode."""
    parser = argparse.ArgumentParser(prog="seattle.installer.update", allow_abbrev=False)
    parser.add_argument("--home", type=Path, required=True, metavar="DIR", help="The installation.")
    given = parser.parse_args()
    log_to_stderr()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what tries itself for us must end, too
    try:
        return step(Home(given.home.absolute()))
    except KeyboardInterrupt:
        log.warning("update_interrupted")
        return UpdateCode.FAILED
    except UpdateUnreachable as why:
        log.warning("updates_unreachable", error=str(why))
        return UpdateCode.UNREACHABLE
    except (UpdateError, InstallerError) as why:
        log.warning("update_refused", error=str(why))
        return UpdateCode.REFUSED
    except (NodeError, OSError) as why:
        log.warning("update_failed", error=str(why))
        return UpdateCode.FAILED


if __name__ == "__main__":
    sys.exit(main())
