"""The home of an installation: where things lie, which version is current, on trial, next, or refused.

    versions/1.2.0/   an environment with one version, and `seattle.bundle`, which it was unpacked from
    current           a link to one of them: replaced in one step
    next              a version that is unpacked and has been tried; the supervisor switches to it
    trial.json        what was switched to and has not proven itself yet, and what to go back to
    refused.json      versions that failed on this machine
    supervisor.pyz    the supervisor; `supervise` starts it with a Python that there is
    lock, control     held, and answered on, by the supervisor while it runs
    node/             the node's own folder
    before/           its databases as they were before what is on trial
    updates/          what the updater knows of the releases; root.json came with the installation
    build.json        what was installed, build.sig by whom it was signed
    log               what supervisor, daemon and update step say; log.1 is what came before

Each file is written whole or not at all, and each step may be cut short by a crash: `recover` finishes it, or takes it
back.
"""

import json
import os
import re
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from .durable import link, write
from .errors import HomeUnusable

PRIVATE: Final = 0o077  # what others may not: an umask, whatever this account is used to
VERSION: Final = re.compile(r"[0-9][0-9A-Za-z.+!]{0,63}")  # of a bundle, and so the name of a folder
KEPT: Final = "seattle.bundle"  # in the folder of a version: what it was unpacked from
_MOST_REFUSED: Final = 100  # versions that are remembered
_LONGEST_WHY: Final = 500  # characters of the reason
_LONGEST: Final = 2 * 24 * 3600.0  # seconds that one is refused if not for good; what is longer, a wrong clock has said
_MAX_FILE: Final = 1024 * 1024  # bytes of a file of state; more than all of the refused take


@dataclass(frozen=True)
class Trial:
    """A version that was switched to and has not proven itself yet."""

    version: str
    before: str  # the version to go back to
    since: float  # seconds since 1970
    starts: int = 0  # of its daemon


@dataclass(frozen=True)
class Refused:
    """Why a version is not tried again by itself."""

    why: str
    at: float  # seconds since 1970
    until: float | None = None  # seconds since 1970; for good without it


class Home:
    """The folder of an installation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.versions = folder / "versions"
        self.link = folder / "current"
        self.supervisor = folder / "supervisor.pyz"
        self.launcher = folder / "supervise"
        self.node = folder / "node"
        self.updates = folder / "updates"
        self.build = folder / "build.json"
        self.log = folder / "log"
        self.records = folder / "before"
        self._next = folder / "next"
        self._trial = folder / "trial.json"
        self._refused = folder / "refused.json"

    def current(self) -> str | None:
        """The version that is switched to; None before the first."""
        try:
            target = self.link.readlink()
        except FileNotFoundError:
            return None
        except OSError as why:
            raise HomeUnusable(f"{self.link} is no link to a version: install again over it") from why
        return target.name

    def folder_of(self, version: str) -> Path:
        """Where a version is, or would be."""
        return self.versions / version

    def is_there(self, version: str) -> bool:
        """Whether a version is unpacked."""
        return VERSION.fullmatch(version) is not None and (self.folder_of(version) / "pyvenv.cfg").is_file()

    def switch(self, version: str) -> None:
        """Make a version the current one, in one step. Raises HomeUnusable if it is not there, OSError."""
        if not self.is_there(version):
            raise HomeUnusable(f"version {version} is not in {self.versions}")
        link(self.link, f"versions/{version}")
        if not (self.folder / "bundle").is_symlink():
            link(self.folder / "bundle", f"current/{KEPT}")

    def next(self) -> str | None:
        """The version to switch to, if there is one that may be."""
        try:
            version = self._next.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        may_be = self.is_there(version) and version != self.current() and version not in self.refused()
        return version if may_be else None

    def name_next(self, version: str) -> None:
        """Have the supervisor switch to a version that is unpacked."""
        write(self._next, version.encode())

    def clear_next(self) -> None:
        """There is nothing to switch to any more."""
        self._next.unlink(missing_ok=True)

    def trial(self) -> Trial | None:
        """What is on trial."""
        try:
            trial = Trial(**_read(self._trial))
        except TypeError:
            return None
        is_ours = isinstance(trial.version, str) and isinstance(trial.before, str) and type(trial.starts) is int
        return trial if is_ours and type(trial.since) in (int, float) else None

    def set_trial(self, trial: Trial) -> None:
        """Write down what is on trial."""
        write(self._trial, json.dumps(asdict(trial)).encode())

    def end_trial(self) -> None:
        """Nothing is on trial any more."""
        self._trial.unlink(missing_ok=True)

    def refused(self, now: float | None = None) -> dict[str, Refused]:
        """Versions that are not to be tried by themselves. `now`: seconds since 1970."""
        found: dict[str, Refused] = {}
        for version, told in _read(self._refused).items():
            try:
                refused = Refused(**told)
                moment = time.time() if now is None else now
                if refused.until is None or moment < refused.until <= moment + _LONGEST:
                    found[version] = refused
            except TypeError:
                continue  # whoever wrote that: not we
        return found

    def refuse(self, version: str, why: str, *, until: float | None = None) -> None:
        """Do not try a version again, for good or until then."""
        all_of_them = self.refused()
        all_of_them.pop(version, None)
        all_of_them[version] = Refused(why[:_LONGEST_WHY], time.time(), until)
        kept = dict(list(all_of_them.items())[-_MOST_REFUSED:])
        write(self._refused, json.dumps({name: asdict(one) for name, one in kept.items()}).encode())

    def forgive(self, version: str) -> None:
        """Try a version again."""
        all_of_them = self.refused()
        if all_of_them.pop(version, None) is not None:
            write(self._refused, json.dumps({name: asdict(one) for name, one in all_of_them.items()}).encode())

    def recover(self) -> None:
        """Finish, or take back, what a crash has cut short. Raises HomeUnusable, OSError."""
        trial = self.trial()
        if trial is not None and self.current() == trial.version:
            if trial.version in self.refused():  # on the way back
                self.go_back(trial)
        elif trial is not None:  # not switched to yet, which `next` still says; or gone back from
            self.end_trial()
        if self._next.exists() and self.next() is None:
            self.clear_next()

    def go_back(self, trial: Trial) -> None:
        """Switch to what was there before; stay if that has gone. Raises OSError."""
        if self.is_there(trial.before):
            self.switch(trial.before)
        self.end_trial()

    def sweep(self) -> list[str]:
        """Remove versions that nothing needs any more, and what was left half-made; what that was."""
        trial = self.trial()
        if trial is None:
            shutil.rmtree(self.records, ignore_errors=True)
        needed = {self.current(), self.next(), trial.before if trial else None, trial.version if trial else None}
        gone = []
        for folder in self.versions.iterdir():
            if folder.name not in needed and not _is_in_use(folder):
                shutil.rmtree(folder, ignore_errors=True)
                gone.append(folder.name)
        return gone


def _is_in_use(folder: Path) -> bool:
    """Whether a process was started from this folder: programs outlive the version that they were started by."""
    prefix = f"{folder}/".encode()
    for process in os.listdir("/proc"):  # noqa: PTH208 - names
        if process.isdigit():
            try:
                with open(f"/proc/{process}/cmdline", "rb") as file:  # noqa: PTH123 - as above
                    if file.read(4096).startswith(prefix):
                        return True
            except OSError:
                continue
    return False


def _read(file: Path) -> dict[str, Any]:
    """A file of state; empty if there is none, or none that was written by us."""
    try:
        with file.open("rb") as opened:
            told = json.loads(opened.read(_MAX_FILE))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
