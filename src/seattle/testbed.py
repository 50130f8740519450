"""A whole testbed on this machine: a fabric, its directory, and nodes, in one private folder.

The broker and each node are processes of their own; the directory runs in this one. All of them end with it, also
when it is killed: nodes hear it on a pipe, the broker from the kernel. `seattle up`, `seattle demo` and tests use it.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

import structlog

from seattle.client.profile import Profile, write_profile
from seattle.fabric.authority import Authority, Role
from seattle.fabric.directory import Directory
from seattle.fabric.embedded_directory import embedded_directory
from seattle.fabric.enrolment import enrol
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair, PublicKey
from seattle.node.settings import PORTS, NodeSettings
from seattle.node.setup import SETTINGS_FILE, set_up
from seattle.node.vesselinfo import STEP, WHOLE, VesselShare

START_PATIENCE: Final = 30.0  # seconds until a node has to serve
STOP_PATIENCE: Final = 10.0  # seconds that a node gets to stop its programs
LIFETIME: Final = timedelta(days=30)  # of the credentials
LOOPBACK: Final = "127.0.0.1"

_FIRST_PORT: Final = 61000  # above the ports that Linux picks by itself
_PAST_LAST_PORT: Final = 65535
_LOG_TAIL: Final = 10  # lines of a node's log in an error

# What each vessel has, whatever the machine: enough for a class to work with.
_VESSEL_MEMORY: Final = 128 * 1024 * 1024  # bytes
_VESSEL_DISK: Final = 100 * 1000 * 1000  # bytes
_VESSEL_RATE: Final = 10 * 1000 * 1000  # bytes a second, of everything that has a rate
_VESSEL_EVENTS: Final = 50  # threads
_VESSEL_ITEMS: Final = 50  # open files, listeners and connections, of each

log = structlog.get_logger()


class TestbedError(Exception):
    """The testbed can't be started, or a part of it has ended; the text says which and why."""

    __test__ = False  # for pytest, to which the name looks like a test's


@dataclass(frozen=True)
class Size:
    """How large a testbed is. Raises TestbedError for what can't be."""

    nodes: int = 3
    vessels: int = 2  # on each node

    def __post_init__(self) -> None:
        most = (_PAST_LAST_PORT - _FIRST_PORT) // PORTS
        if not 1 <= self.nodes <= most:
            raise TestbedError(f"{self.nodes} nodes can't be had on one machine; choose 1 to {most}")
        if not 1 <= self.vessels <= WHOLE // STEP:
            raise TestbedError(f"a node can't be divided into {self.vessels} vessels; choose 1 to {WHOLE // STEP}")


class LocalTestbed:
    """A running testbed. Use it with `async with`.

    Args:
        folder: where everything is kept; made if it is missing. What an earlier testbed left there must be gone.
        size: how many nodes, with how many vessels each.
    """

    def __init__(self, folder: Path, size: Size) -> None:
        self.folder = folder
        self.size = size
        self.user = KeyPair.generate()
        self.nodes: list[NodeProcess] = []
        self._stack = AsyncExitStack()
        self._server: EmbeddedServer | None = None
        self._profile: Profile | None = None

    @property
    def profile(self) -> Profile:
        """The profile of the user who may use all vessels."""
        assert self._profile is not None, "the testbed has not been started"
        return self._profile

    @property
    def broker_pid(self) -> int | None:
        """The broker's process id while it runs."""
        return None if self._server is None else self._server.pid

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def wait(self) -> None:
        """Return when a part has ended by itself, which a healthy testbed's never do. Raises TestbedError."""
        assert self._server is not None, "the testbed has not been started"
        watched = {asyncio.create_task(self._server.wait(), name="the broker")}
        watched |= {asyncio.create_task(node.process.wait(), name=f"node {node.name}") for node in self.nodes}
        try:
            done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            ended = {task.get_name(): task.result() for task in done}
            told = [f"{name} ended unexpectedly ({_in_words(code)})" for name, code in sorted(ended.items())]
            tails = [node.log_tail() for node in self.nodes if f"node {node.name}" in ended]
            raise TestbedError("\n".join([" and ".join(told), *tails]))
        finally:
            for task in watched:
                task.cancel()

    async def _start(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = Authority.create(self.folder / "authority")
        self._server = await self._stack.enter_async_context(EmbeddedServer(authority))
        url = self._server.url
        directory = await self._stack.enter_async_context(embedded_directory(authority, url))
        self._profile = write_profile(
            self.folder / "profile",
            urls=[url],
            key=self.user,
            credential=_credential(authority, self.user.public, Role.USER),
        )
        ports = self._stack.enter_context(reserved_ports(self.size.nodes))
        lifeline = self._stack.enter_context(_lifeline())
        try:
            async with asyncio.TaskGroup() as group:
                for index in range(self.size.nodes):
                    group.create_task(self._start_node(f"n{index + 1}", authority, url, ports, index, lifeline))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        self.nodes.sort(key=lambda node: node.name)
        await self._wait_until_listed(directory)

    async def _wait_until_listed(self, directory: Directory) -> None:
        """Return when users can find all nodes: a node serves a moment before the directory has read its advert."""
        try:
            async with asyncio.timeout(START_PATIENCE):
                while len(directory.book) < len(self.nodes):
                    directory.news.clear()
                    await directory.news.wait()
        except TimeoutError as why:
            known = f"{len(directory.book)} of {len(self.nodes)}"
            raise TestbedError(f"the directory knows {known} nodes after {START_PATIENCE:.0f} s") from why

    async def _start_node(
        self, name: str, authority: Authority, url: str, ports: range, index: int, lifeline: int
    ) -> None:
        folder = self.folder / "nodes" / name
        settings = NodeSettings(
            folder=Path(),
            fabric=[url],
            donation=_donation(self.size),
            first_port=ports.start + index * PORTS,
            loopback_first=ports.start,
            loopback_last=ports.stop - 1,
            addresses=[LOOPBACK],
            unwatched_limit=0,  # nobody starts these nodes again: whatever is killed, nothing is left
        )
        public = set_up(folder, vessels=_shares(self.size.vessels, self.user.public), settings=settings)
        (folder / settings.credential_file).write_text(_credential(authority, public, Role.NODE), encoding="ascii")
        node = await NodeProcess.start(name, public, folder, lifeline)
        self.nodes.append(node)
        self._stack.push_async_callback(node.stop)
        await node.wait_until_ready()


class NodeProcess:
    """One node daemon, as a child of this process."""

    def __init__(
        self, name: str, public: PublicKey, folder: Path, process: asyncio.subprocess.Process, ready: int
    ) -> None:
        self.name = name
        self.id = public.id
        self.folder = folder
        self.process = process
        self._ready = ready

    @classmethod
    async def start(cls, name: str, public: PublicKey, folder: Path, lifeline: int) -> Self:
        """Start the node that was set up in `folder`; it ends when the other end of `lifeline` is closed."""
        ready, tell = os.pipe()
        try:
            with (folder / "node.log").open("ab") as output:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "seattle.node",
                    *("--settings", str(folder / SETTINGS_FILE)),
                    *("--exit-with-parent-fd", str(lifeline)),
                    *("--ready-fd", str(tell)),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=[lifeline, tell],
                    start_new_session=True,  # Ctrl-C is for us; we stop the nodes when we are ready to
                )
        except BaseException:
            os.close(ready)
            raise
        finally:
            os.close(tell)
        return cls(name, public, folder, process, ready)

    async def wait_until_ready(self) -> None:
        """Return when the node serves. Raises TestbedError with the end of its log."""
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._ready, heard.set)
        try:
            async with asyncio.timeout(START_PATIENCE):
                await heard.wait()
            if not os.read(self._ready, 64):
                raise TestbedError(f"node {self.name} ended before it served\n{self.log_tail()}")
        except TimeoutError as why:
            raise TestbedError(
                f"node {self.name} did not serve within {START_PATIENCE:.0f} s\n{self.log_tail()}"
            ) from why
        finally:
            loop.remove_reader(self._ready)
            os.close(self._ready)

    async def stop(self) -> None:
        """End the node: it stops its programs first. Does nothing when it has ended."""
        if self.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)  # SIGTERM would leave its programs to the next daemon
            try:
                async with asyncio.timeout(STOP_PATIENCE):
                    await self.process.wait()
            except TimeoutError:
                log.warning("node_killed", node=self.name, waited_seconds=STOP_PATIENCE)
                self.process.kill()
                await self.process.wait()

    def log_tail(self) -> str:
        """The end of what the node wrote."""
        try:
            text = (self.folder / "node.log").read_text(encoding="utf-8", errors="replace")
        except OSError as why:
            return f"(its log can't be read: {why.strerror})"
        return "\n".join(text.splitlines()[-_LOG_TAIL:])


def _in_words(code: int) -> str:
    """An exit code of asyncio: negative for a signal."""
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


@contextmanager
def reserved_ports(nodes: int) -> Iterator[range]:
    """Ports for so many nodes that no other testbed on this machine has, as long as the block lasts.

    Raises TestbedError when there are not enough.
    """
    claims: list[socket.socket] = []
    try:
        for first in range(_FIRST_PORT, _PAST_LAST_PORT - nodes * PORTS + 1, PORTS):
            ports = range(first, first + nodes * PORTS)
            claims = _claim(ports)
            if claims:
                yield ports
                return
        raise TestbedError(f"all ports from {_FIRST_PORT} on belong to other testbeds on this machine; stop one first")
    finally:
        for claim in claims:
            claim.close()


def _claim(ports: range) -> list[socket.socket]:
    """One socket for each node's ports, with a name that only one process can have; none if one is taken.

    The name is in the kernel alone, so it is free again when its owner ends, however that happens.
    """
    claims: list[socket.socket] = []
    for first in ports[::PORTS]:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        claims.append(claim)
        try:
            claim.bind(f"\0seattle-testbed-ports-{first}")
        except OSError:
            for taken in claims:
                taken.close()
            return []
    return claims


@contextmanager
def _lifeline() -> Iterator[int]:
    """A descriptor for children to inherit: its other end closes when this process ends."""
    inherited, held = os.pipe()
    try:
        yield inherited
    finally:
        os.close(held)
        os.close(inherited)


def _credential(authority: Authority, public: PublicKey, role: Role) -> str:
    return enrol(authority, public, role=role, now=time.time(), lifetime=LIFETIME)


def _donation(size: Size) -> dict[str, int | float]:
    """What one node gives: the machine's cores are divided among the nodes, the rest is so much for each vessel."""
    cores = len(os.sched_getaffinity(0))
    rates = ("fileread", "filewrite", "netsend", "netrecv", "loopsend", "looprecv", "lograte", "random")
    items = ("filesopened", "insockets", "outsockets")
    # A little more than the vessels get: dividing costs something, and shares are rounded to tenths.
    spare = 1.25 * size.vessels
    return {
        "cpu": cores / size.nodes,
        "memory": int(_VESSEL_MEMORY * spare),
        "diskused": int(_VESSEL_DISK * spare),
        "events": int(_VESSEL_EVENTS * spare),
        **dict.fromkeys(rates, int(_VESSEL_RATE * spare)),
        **dict.fromkeys(items, int(_VESSEL_ITEMS * spare)),
    }


def _shares(vessels: int, owner: PublicKey) -> Sequence[VesselShare]:
    """So many vessels of one owner, as equal as multiples of ten percent can be."""
    steps, more = divmod(WHOLE // STEP, vessels)
    return [VesselShare(STEP * (steps + (index < more)), owner) for index in range(vessels)]
