"""A home with versions that do as they are told, and its supervisor when it runs."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

import psutil
from tests.installer.stand_ins import Unpack

from seattle.installer.standalone.asking import ask
from seattle.installer.standalone.bounds import Bounds
from seattle.installer.standalone.errors import SupervisorAway
from seattle.installer.standalone.versions import Home

PATIENCE: Final = 30.0  # seconds, for whatever should happen at once
HASTY: Final = Bounds(
    ready_within=2.0,
    connect_within=4.0,
    trial=0.5,
    end_within=5.0,
    first_back_off=0.05,
    longest_back_off=0.3,
    first_check=(1000.0, 1000.0),
    check=(1000.0, 1000.0),
    come_up=5.0,
    stay=0.5,
    step_aside=0.2,
    lock_within=0.5,
)


def hasty(**changes: Any) -> Bounds:
    """As impatient as that, but for these."""
    return replace(HASTY, **changes)


def until(so: Callable[[], Any], what: Callable[[], object] = lambda: "") -> Any:
    """Wait until something is so, which tells nobody when it changes; what it is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := so()):
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)
    return found


@dataclass
class Installed:
    """A home with a version in it, and its supervisor when it runs."""

    home: Home
    unpack: Unpack
    bounds: Bounds = HASTY
    started: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def add(self, version: str, **behaviour: Any) -> str:
        """Have a version there."""
        shutil.copytree(self.unpack(version, behaviour), self.home.folder_of(version), symlinks=True)
        return version

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a supervisor."""
        with (self.home.folder / "out").open("ab") as out:
            command = ["/bin/sh", str(self.home.launcher), "--bounds", self.bounds.words()]
            self.started.append(subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True))
        return self.started[-1]

    def serve(self, version: str = "1.0") -> "subprocess.Popen[bytes]":
        """Start a supervisor, and wait until this version serves."""
        supervisor = self.start()
        self.settled(version)
        return supervisor

    def offer(self, version: str, **behaviour: Any) -> None:
        """Have a version there as the next, and the supervisor look for it at once."""
        self.home.name_next(self.add(version, **behaviour))
        ask(self.home.folder, "status")

    def goes_back_from(self, version: str, **behaviour: Any) -> None:
        """Offer a version, and wait until it is refused and 1.0 serves again."""
        self.offer(version, **behaviour)
        until(lambda: version in self.home.refused(), self.logged)
        self.settled("1.0")

    def status(self) -> dict[str, Any]:
        """How all stands, as the supervisor says; empty if none runs."""
        with suppress(SupervisorAway):
            return dict(ask(self.home.folder, "status"))
        return {}

    def settled(self, version: str) -> dict[str, Any]:
        """Wait until this version serves and nothing is on trial; how all stands."""
        return dict(until(lambda: self.is_settled(version), self.logged))

    def is_settled(self, version: str) -> dict[str, Any] | None:
        """How all stands if this version serves and nothing is on trial."""
        status = self.status()
        is_so = status.get("version") == version and status["ready"] and not status["trial"] and not status["next"]
        return status if is_so else None

    def logged(self) -> str:
        """What was said, for whoever reads of a failure."""
        return f"{self.home.log.read_text()}\n{(self.home.folder / 'out').read_text()}"

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of the log about this."""
        lines = [json.loads(line) for line in self.home.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def diary(self) -> list[str]:
        """What daemons and update steps wrote down."""
        with suppress(FileNotFoundError):
            return (self.home.node / "diary").read_text().splitlines()
        return []

    def words(self) -> list[str]:
        """The diary without process ids."""
        return [" ".join(line.split()[:1] + line.split()[2:]) for line in self.diary()]

    def processes(self) -> list[psutil.Process]:
        """All that was started from this home."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if str(self.home.folder) in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def end(self) -> None:
        """End what runs from there."""
        for process in self.processes():
            with suppress(psutil.Error):
                process.kill()
        for popen in self.started:
            popen.wait()
