"""Somebody who runs an installer's file: as this test's own user, with an empty home, and on a terminal or not."""

import os
import pty
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.installer.accounts import listing
from tests.installer.making import write_installer
from tests.installer.stand_ins import stand_in

from seattle.installer.standalone.versions import Home

PATIENCE: Final = 60.0  # seconds for a command; machines that run tests are busy
BUILD: Final = "b1" * 20  # the build, unless a test says otherwise


@dataclass
class Done:
    """What a command came to."""

    code: int
    out: str
    said: str  # on stderr


class Donor:
    """That person. `folder`: where there is nothing yet; their home is in it, and what they get."""

    def __init__(self, folder: Path) -> None:
        self.home_folder = folder / "home"
        self.home_folder.mkdir()
        self.downloads = folder / "downloads"
        self.downloads.mkdir()
        self.commands = folder / "bin"  # of their computer, before all others
        self.commands.mkdir()
        (self.commands / "python3").symlink_to(getattr(sys, "_base_executable", sys.executable))
        self.home = Home(self.home_folder / ".local" / "share" / "seattle-node")
        self.more: dict[str, str] = {}  # of their environment

    @property
    def environment(self) -> dict[str, str]:
        """What their login gives."""
        return {"HOME": str(self.home_folder), "LANG": "C.UTF-8", "PATH": f"{self.commands}:/usr/bin:/bin", **self.more}

    def get(self, version: str, *, build: str = BUILD, **behaviour: Any) -> Path:
        """The file of an installer: of a stand-in that behaves like this."""
        bundle = stand_in(self.downloads / f"{version}.bundle", version, **behaviour)
        return write_installer(self.downloads / f"node-{version}-{build[:2]}.pyz", bundle, build)

    def run(self, *words: str | Path, answer: str | None = None) -> Done:
        """Run it. With `answer`, on a terminal, where this is typed."""
        ours, theirs = pty.openpty() if answer is not None else (-1, -1)
        with self.start(*words, stdin=subprocess.DEVNULL if answer is None else theirs) as process:
            try:
                if answer is not None:
                    os.write(ours, f"{answer}\n".encode())
                out, said = process.communicate(timeout=PATIENCE)
            except BaseException:
                process.kill()
                raise
            finally:
                for fd in {ours, theirs} - {-1}:
                    os.close(fd)
        return Done(process.returncode, out, said)

    def start(self, *words: str | Path, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
        """Start it."""
        return subprocess.Popen(
            list(map(str, words)),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.home_folder,
            env=self.environment,
            start_new_session=True,
        )

    def install(self, file: Path, *options: str) -> Done:
        """As they do who have made up their mind."""
        return self.run("sh", file, "--yes", "--service", "none", *options)

    def node(self, *words: str) -> Done:
        """The command of what is installed."""
        return self.run(self.home.folder / "seattle-node", *words)

    def everything(self) -> dict[str, str]:
        """All that is in their home."""
        return listing(self.home_folder)

    def names(self) -> list[str]:
        """What there is in their home; `.` alone if it is as it was."""
        return sorted(self.everything())

    def close(self) -> None:
        """End what still runs from there."""
        for process in from_home(self.home_folder):
            os.kill(process, signal.SIGKILL)


def from_home(folder: Path) -> list[int]:
    """The processes that were started from beneath a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str(folder).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return [process for process in found if process != os.getpid()]
