"""A repository with real keys, and a mirror of it that can be told to lie."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from packaging.version import Version

from seattle.identity.keys import KeyPair
from seattle.updater.client import UpdateClient
from seattle.updater.releases import ReleaseFolder
from seattle.updater.roles import Channel, Signers

GRACE = 1.0  # seconds


@dataclass
class Managers:
    """Whose keys sign what: two of three for the root."""

    root: list[KeyPair] = field(default_factory=lambda: [KeyPair.generate() for _ in range(3)])
    targets: list[KeyPair] = field(default_factory=lambda: [KeyPair.generate() for _ in range(2)])
    canary: KeyPair = field(default_factory=KeyPair.generate)
    online: KeyPair = field(default_factory=KeyPair.generate)

    def root_signers(self) -> Signers:
        return Signers.of([pair.public for pair in self.root], 2)

    def target_signers(self) -> Signers:
        return Signers.of([pair.public for pair in self.targets], 2)

    def offline(self) -> list[KeyPair]:
        return [*self.root[:2], *self.targets, self.canary]


class Mirror:
    """Serves a folder, but for what it was told to send in a file's place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.instead: dict[str, bytes | Callable[[], Iterator[bytes]]] = {}
        self.status: dict[str, int] = {}
        self.headers: dict[str, dict[str, str]] = {}  # more of an answer's
        self.raw: dict[str, Callable[[], Iterator[bytes]]] = {}  # all of an answer, its head too
        self.sent = 0
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if (raw := self.raw.get(request.path)) is not None:
            with suppress(OSError):  # whoever asked has had enough
                for piece in raw():
                    request.wfile.write(piece)
            request.close_connection = True
            return
        file = self.folder / request.path.lstrip("/")
        found = self.instead.get(request.path, file.read_bytes() if file.is_file() else None)
        status = self.status.get(request.path, 404 if found is None else 200)
        request.send_response(status)
        if status in (301, 302):
            request.send_header("Location", "/elsewhere")
        for name, value in self.headers.get(request.path, {}).items():
            request.send_header(name, value)
        request.end_headers()
        if found is None or status != 200:
            return
        try:
            for piece in [found] if isinstance(found, bytes) else found():
                request.wfile.write(piece)
                self.sent += len(piece)
        except OSError:
            pass  # whoever asked has had enough

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def managers() -> Managers:
    return Managers()


@pytest.fixture
def releases(tmp_path: Path, managers: Managers) -> ReleaseFolder:
    """A repository whose stable bundle is 1.0, and whose canary is 1.1."""
    folder = new_repository(tmp_path, managers)
    publish(folder, managers, "1.0")
    publish(folder, managers, "1.1", channel=Channel.CANARY)
    return folder


def new_repository(folder: Path, managers: Managers) -> ReleaseFolder:
    """A repository in `folder`, signed by all, with no release yet."""
    made = ReleaseFolder(folder / "releases")
    made.begin(
        root=managers.root_signers(),
        targets=managers.target_signers(),
        canary=Signers.of([managers.canary.public], 1),
        online=managers.online.public,
    )
    sign_all(made, managers)
    return made


def sign_all(folder: ReleaseFolder, managers: Managers) -> None:
    for pair in managers.offline():
        folder.sign(pair)
    folder.refresh(managers.online)


def publish(folder: ReleaseFolder, managers: Managers, version: str, *, channel: Channel = Channel.STABLE) -> bytes:
    bundle = folder.targets.parent / "bundle"
    bundle.write_bytes(f"bundle {version}".encode() * 100)
    folder.release(channel, bundle, version)
    sign_all(folder, managers)
    return bundle.read_bytes()


@pytest.fixture
def mirror(releases: ReleaseFolder) -> Iterator[Mirror]:
    mirror = Mirror(releases.metadata.parent)
    yield mirror
    mirror.close()


@pytest.fixture
def node(mirror: Mirror, releases: ReleaseFolder, tmp_path: Path) -> UpdateClient:
    """A node of the stable channel, which was installed when the repository began."""
    return new_node(mirror, releases, tmp_path)


def new_node(
    mirror: Mirror,
    releases: ReleaseFolder,
    tmp_path: Path,
    channel: Channel = Channel.STABLE,
    *,
    grace: float = GRACE,
) -> UpdateClient:
    root = (releases.metadata / "1.root.json").read_bytes()
    return UpdateClient(mirror.url, channel, tmp_path / f"cache-{channel}", root, grace=grace)


def install(node: UpdateClient, tmp_path: Path, installed: str = "0.9") -> tuple[str, bytes] | None:
    """What a node would install; None if there is nothing newer."""
    if (available := node.newest(Version(installed))) is None:
        return None
    file = tmp_path / f"fetched-{time.monotonic_ns()}"
    node.fetch(available, file)
    return str(available.version), file.read_bytes()
