"""The site as operators run it: `seattle clearinghouse ...` as processes of its own, in a folder of its own."""

import atexit
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60  # seconds
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Site:
    """Where it is kept, and what its settings are."""

    folder: Path
    settings: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """Of its processes: nothing of ours."""
        path = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "SEATTLE_SITE_DATA": str(self.folder / "data")}
        return {**path, **{f"SEATTLE_SITE_{name}": value for name, value in self.settings.items()}}

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a subcommand to its end."""
        return subprocess.run(
            command(*words), input=stdin, capture_output=True, text=True, env=self.environment, cwd=self.folder,
            timeout=PATIENCE, check=False,
        )  # fmt: skip

    @contextmanager
    def serving(self, *words: str) -> Iterator["Server"]:
        """Serve it on a free port; its log is in `log`."""
        log = self.folder / "site.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command("serve", "--port", "0", "--json", *words), stdout=subprocess.PIPE, stderr=output,
                env=self.environment, cwd=self.folder, text=True,
            )  # fmt: skip
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, log.read_text()
            yield Server(process, json.loads(line)["address"].rstrip("/"), log)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
            assert process.stdout is not None
            process.stdout.close()


@dataclass(frozen=True)
class Server:
    """A site that is served."""

    process: subprocess.Popen[str]
    address: str  # http://127.0.0.1:PORT
    log: Path

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


def command(*words: str) -> list[str]:
    return [sys.executable, "-P", "-c", "import sys; from seattle.cli import main; sys.exit(main())",
            "clearinghouse", *words]  # fmt: skip


def new_site(folder: Path, **settings: str) -> Site:
    """A site with its tables made."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(folder, settings)
    if any(name.startswith("DATABASE_URL") for name in settings):
        _migrate(site)
    else:
        shutil.copytree(_tables(), folder / "data")
    return site


@functools.cache
def _tables() -> Path:
    """The folder of an empty SQLite database, made once: it takes a second."""
    folder = Path(tempfile.mkdtemp(prefix="seattle-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _migrate(Site(folder, {}))
    return folder / "data"


def _migrate(site: Site) -> None:
    done = site.run("migrate")
    assert done.returncode == 0, done.stderr
