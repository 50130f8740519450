"""Two releases of this tree, a repository that publishes them, and who serves it and counts."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING

from seattle.identity.keys import KeyPair
from seattle.installer.bundling import make_bundle
from seattle.updater.releases import ReleaseFolder
from seattle.updater.roles import Channel, Signers

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ROOT = Path(__file__).parents[2]
OTHERS = Path(sys.prefix) / "wheels"  # what a node needs; `make .venv/wheels` fetches it once
PARTS = ("src", "examples", "pyproject.toml", "README.md", "LICENSE")


def wheels(folder: Path, version: str) -> Path:
    """A folder with the tree's wheel under this version, and those that it needs on this machine."""
    source, out = folder / f"tree-{version}", folder / f"wheels-{version}"
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    shutil.copytree(OTHERS, out)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        check=True,
        cwd=source,
        env={**os.environ, "SETUPTOOLS_SCM_PRETEND_VERSION": version},
        capture_output=True,
    )
    return out


class Repository:
    """Of releases, with one key for each role."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._releases = ReleaseFolder(folder)
        self._offline, self._online = KeyPair.generate(), KeyPair.generate()
        signer = Signers.of([self._offline.public], 1)
        self._releases.begin(root=signer, targets=signer, canary=signer, online=self._online.public)
        self._sign()

    @property
    def root(self) -> bytes:
        """What installers carry."""
        return (self.folder / "metadata" / "root.json").read_bytes()

    def publish(self, wheels: Path, bundle: Path) -> None:
        """Make a bundle of these, and let it be the newest."""
        self._releases.release(Channel.STABLE, bundle, make_bundle(wheels, bundle))
        self._sign()

    def _sign(self) -> None:
        self._releases.sign(self._offline)
        self._releases.refresh(self._online)


class Served:
    """A repository on a port of this machine."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bytes = 0  # that went to whoever asked, headers included


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve a folder meanwhile."""

    class Handler(SimpleHTTPRequestHandler):
        def setup(self) -> None:
            super().setup()
            self.wfile = _Counting(self.wfile)

        def log_message(self, *_: object) -> None:
            """Say nothing of it."""

    class _Counting(BufferedIOBase):
        def __init__(self, under: BufferedIOBase) -> None:
            self._under = under

        def write(self, data: "ReadableBuffer") -> int:
            counted.bytes += memoryview(data).nbytes
            return self._under.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    counted = Served(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield counted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
