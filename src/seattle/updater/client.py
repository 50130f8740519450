"""A node's side: what is newest, checked, and fetched within bounds."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final

import urllib3
from packaging.version import InvalidVersion, Version
from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError, RepositoryError
from tuf.ngclient import FetcherInterface, TargetFile, Updater, UpdaterConfig
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from seattle.updater.errors import UpdateRefused, UpdateUnreachable
from seattle.updater.releases import version_of
from seattle.updater.roles import Channel

LARGEST_BUNDLE: Final = 256 * 2**20  # bytes
SLOWEST: Final = 4_000  # bytes a second; a mirror that is slower holds us up
GRACE: Final = 20.0  # seconds for one file, besides
_LONGEST_VERSION: Final = 64  # characters, as bundles have them
_PIECE: Final = 64 * 1024  # bytes that are read at once
_LIMITS: Final = UpdaterConfig(
    max_root_rotations=64,
    max_delegations=4,
    root_max_length=256 * 1024,
    timestamp_max_length=16 * 1024,
    snapshot_max_length=256 * 1024,
    targets_max_length=1024 * 1024,
)


@dataclass(frozen=True)
class Available:
    """A bundle that may be installed."""

    version: Version
    size: int  # bytes
    target: TargetFile


class UpdateClient:
    """Follows one channel of one repository.

    Args:
        url: where the repository's folder is served.
        channel: stable, or canary.
        cache: a folder of ours for metadata; what is known there is never forgotten, or old news would be news.
        root: the root that came with the installation.
        grace: seconds that a file may take, besides what its size needs.
        ca_file: authorities that check https:// addresses; those of this system without it.
    """

    def __init__(
        self,
        url: str,
        channel: Channel,
        cache: Path,
        root: bytes,
        *,
        grace: float = GRACE,
        ca_file: Path | None = None,
    ) -> None:
        self._channel, self._cache, self._root = channel, cache, root
        self._url = url.rstrip("/")
        self._fetcher = BoundedFetcher(grace, ca_file)

    def newest(self, installed: Version) -> Available | None:
        """What is newer than what is installed; None if nothing is.

        Raises UpdateRefused for what is not as it has to be, UpdateUnreachable if nobody answers in time.
        """
        updater = self._updater()
        with _told():
            updater.refresh()
            target = updater.get_targetinfo(self._channel.bundle)
        if target is None:
            return None
        self._updater_of_target = updater
        text = version_of(target)
        try:
            version = Version(text[: _LONGEST_VERSION + 1])
        except InvalidVersion:
            raise UpdateRefused(f"the newest bundle has no version: {text[:_LONGEST_VERSION]!r}") from None
        if len(text) > _LONGEST_VERSION:
            raise UpdateRefused(f"the newest bundle has a version of {len(text)} characters, which is too much")
        if target.length > LARGEST_BUNDLE:
            raise UpdateRefused(f"the newest bundle has {target.length} bytes, which is too much")
        return Available(version, target.length, target) if version > installed else None

    def fetch(self, available: Available, file: Path) -> None:
        """Fetch a bundle into a file, whole and checked, or not at all. Raises as `newest`."""
        part = file.with_name(f".{file.name}.part")
        try:
            with _told():
                self._updater_of_target.download_target(available.target, str(part))
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)

    def _updater(self) -> Updater:
        self._cache.mkdir(parents=True, exist_ok=True)
        with _told():
            return Updater(
                str(self._cache),
                f"{self._url}/metadata/",
                target_base_url=f"{self._url}/targets/",
                fetcher=self._fetcher,
                config=_LIMITS,
                bootstrap=self._root,
            )


class BoundedFetcher(FetcherInterface):
    """Fetches from one address: no redirects, no compression, and not for ever, however slowly bytes trickle in.

    Timeouts of sockets begin anew with each byte, and some of an answer is nobody's piece: its head, and what stands
    between the parts of a body. So whatever is waited for, the line is cut off when the time is over.
    """

    def __init__(self, grace: float, ca_file: Path | None = None) -> None:
        self._grace = grace
        self._watch = _Watch(grace)
        timeout = urllib3.Timeout(connect=grace, read=grace)
        self._pool = urllib3.PoolManager(
            retries=False,
            timeout=timeout,
            headers={"Accept-Encoding": "identity"},
            ca_certs=None if ca_file is None else str(ca_file),
        )
        self._pool.pool_classes_by_scheme = _watched(self._heed)

    def _fetch(self, url: str) -> Iterator[bytes]:
        self._watch = _Watch(self._grace)
        self._watch.start()
        with ExitStack() as undo:
            undo.callback(self._watch.end)
            # Not decoded, whatever the answer says of itself: what is signed is what is sent.
            answer = self._pool.request("GET", url, preload_content=False, redirect=False, decode_content=False)
            if answer.status != 200:
                answer.close()
                raise DownloadHTTPError(f"{url} is answered with {answer.status}", answer.status)
            undo.pop_all()
        return self._pieces(answer, self._watch)

    def _heed(self, line: socket.socket | None) -> None:
        self._watch.heed(line)

    def _pieces(self, answer: urllib3.BaseHTTPResponse, watch: "_Watch") -> Iterator[bytes]:
        received = 0
        try:
            while piece := answer.read1(_PIECE):
                received += len(piece)
                watch.until = watch.began + self._grace + received / SLOWEST
                if time.monotonic() > watch.until:
                    break
                yield piece
            if time.monotonic() > watch.until:
                raise DownloadError(f"only {received} bytes came in {self._grace:g} s and more")
        finally:
            watch.end()
            answer.close()


class _Watch(Thread):
    """Cuts a line off if nobody has said by then that all has come."""

    def __init__(self, within: float) -> None:
        super().__init__(name="watch of a download", daemon=True)
        self.began = time.monotonic()
        self.until = self.began + within
        self._over = Event()
        self._line: socket.socket | None = None

    def heed(self, line: socket.socket | None) -> None:
        """This is the line."""
        self._line = line
        if time.monotonic() > self.until:
            self._cut()

    def end(self) -> None:
        """All has come."""
        self._over.set()

    def run(self) -> None:
        while (left := self.until - time.monotonic()) > 0:
            if self._over.wait(left):
                return
        self._cut()

    def _cut(self) -> None:
        if self._line is not None:
            with suppress(OSError):  # it is closed
                # Beneath TLS, if there is any: whoever reads hears that the line has ended.
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)


def _watched(heed: Callable[[socket.socket | None], None]) -> dict[str, type[HTTPConnectionPool]]:
    """Pools whose lines are told of before an answer is waited for."""

    class Line(HTTPConnection):
        def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as its own class has it
            heed(self.sock)
            return super().getresponse()

    class TlsLine(HTTPSConnection):
        def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as its own class has it
            heed(self.sock)
            return super().getresponse()

    class Pool(HTTPConnectionPool):
        ConnectionCls = Line

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = TlsLine

    return {"http": Pool, "https": TlsPool}


class _told:  # noqa: N801 - reads as a statement
    """Says in our words what `tuf` raises."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case DownloadLengthMismatchError():
                raise UpdateRefused(f"more is sent than there should be: {error}") from error
            case DownloadError():
                raise UpdateUnreachable(f"the releases can't be fetched: {error}") from error
            case RepositoryError():
                raise UpdateRefused(f"what is served is not a valid release: {error}") from error
            case urllib3.exceptions.HTTPError():
                raise UpdateUnreachable(f"the releases can't be fetched: {error}") from error
            case _:
                pass
