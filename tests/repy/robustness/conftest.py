"""What the attacks on the monitor have in common: a vessel whose guest the test plays itself."""

import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

from seattle.repy import door, launch
from seattle.repy.launch import LaunchRequest
from seattle.repy.monitor.channels import pair
from seattle.repy.monitor.control import Control
from seattle.repy.monitor.guest_process import GuestProcess
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.order import read_order
from seattle.repy.monitor.vessel import Vessel
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.repy.walls import Group
from seattle.repy.walls.report import REQUIRED
from seattle.resources.restrictions import Restrictions, format_restrictions
from seattle.resources.vector import ResourceVector

PATIENCE = 30.0  # seconds that anything may take on a loaded machine
SOON = 0.02  # seconds after which a call that has no answer is taken for one that waits


class NoNames(HostNetwork):
    """This computer's network, without its resolver: no test asks strangers for names."""

    def resolve(self, name: str) -> str:
        if name == "localhost":
            return "127.0.0.1"
        raise OSError("no such name")


@cache
def no_names() -> NoNames:
    """One for all: it holds descriptors, of which many guests would have too many."""
    return NoNames()


class FakeGuest:
    """A vessel with a monitor of its own, in a process of its own, and both ends that a monitor trusts least.

    `lines` are the guest's ends of its lines, `launcher` is the launcher's end. The process that the monitor believes
    to be the guest only sleeps.
    """

    def __init__(
        self,
        folder: Path,
        limits: ResourceVector,
        own_ports: Sequence[int],
        *,
        group: Group | None,
        network: Network,
    ) -> None:
        self.files = folder / "files"
        self.files.mkdir(parents=True)
        (folder / "log").mkdir()
        self.lines: list[socket.socket] = []
        ours, first = pair()
        monitors_end, self.launcher = pair()
        self._hear, tell = os.pipe()
        self.monitor = os.fork()
        if self.monitor == 0:
            first.close()
            self.launcher.close()
            _be_a_monitor(ours, monitors_end, tell, group, network)
        os.close(tell)
        ours.close()
        monitors_end.close()
        self.lines.append(first)
        request = LaunchRequest(
            program="fake",
            arguments=[],
            restrictions=format_restrictions(Restrictions(limits)),
            log="ring",
            log_bytes=4096,
            loopback_ports=f"{min(own_ports)}-{max(own_ports)}" if own_ports else "",
        )
        program = os.memfd_create("program", os.MFD_CLOEXEC)
        os.pwrite(program, b"pass", 0)
        fds = [program, *(os.open(folder / name, os.O_RDONLY | os.O_CLOEXEC) for name in ("files", "log"))]
        socket.send_fds(self.launcher, [request.encode()], fds)
        for fd in fds:
            os.close(fd)
        self.guest = int.from_bytes(os.read(self._hear, 4), sys.byteorder)
        self.outcome: Outcome | None = None

    def begin(self) -> "FakeGuest":
        """Do what an honest guest does up to the program's first call."""
        self.begin_with(door.encode(door.Ready([(name, "up", "") for name in REQUIRED])))
        for _ in range(2):  # the program's head, and its text
            assert wait_for(self.lines[0], PATIENCE)
            self.lines[0].recv(door.MAX_FRAME)
        return self

    def begin_with(self, frame: bytes) -> "FakeGuest":
        """Say something else first."""
        self.lines[0].send(frame)
        return self

    def ask(self, line: socket.socket, frame: bytes) -> door.Done | door.Failed | None:
        """Send a frame as it is; the answer, or None when there is none soon. A new line joins `lines`."""
        with suppress(ConnectionError):  # the vessel has ended; its outcome says why
            line.send(frame)
        return self.hear(line, within=SOON)

    def hear(self, line: socket.socket, *, within: float) -> door.Done | door.Failed | None:
        """An answer that is due; None when there is none in time, or the monitor has hung up."""
        if not wait_for(line, within):
            return None
        try:
            packet, fds, _flags, _address = socket.recv_fds(line, door.MAX_FRAME, 4)
        except ConnectionError:
            return None
        if not packet:
            return None
        self.lines.extend(_line(fd) for fd in fds)
        answer: door.Done | door.Failed = door.decode_answer(packet)
        return answer

    def stop(self) -> Outcome:
        """Have the launcher stop it, if it has not ended by itself; how it ended."""
        with suppress(OSError):
            self.launcher.send(launch.pack(launch.STOP, "the test"))
        return self.wait()

    def wait(self) -> Outcome:
        """Until the monitor has an outcome."""
        if self.outcome is None:
            assert wait_for(self._hear, PATIENCE), "the monitor does not end"
            words = json.loads(os.read(self._hear, 1 << 16) or "null")
            assert words is not None, "the monitor ended without a word"
            self.outcome = Outcome(OutcomeKind(words[0]), words[1])
        return self.outcome

    def close(self) -> None:
        """End both processes, whatever they are at."""
        for pid in (self.guest, self.monitor):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os.waitpid(self.monitor, 0)
        for end in (*self.lines, self.launcher):
            end.close()
        os.close(self._hear)


def _be_a_monitor(
    line: socket.socket, launcher: socket.socket, tell: int, group: Group | None, network: Network
) -> NoReturn:
    try:
        sleeper = os.posix_spawn("/bin/sleep", ["sleep", "1000"], {})
        os.write(tell, sleeper.to_bytes(4, sys.byteorder))
        order = read_order(launcher)
        vessel = Vessel(Control(launcher), GuestProcess(sleeper, line, group=group), network, order)
        outcome = vessel.run()
        vessel.close()
        os.write(tell, json.dumps([outcome.kind.value, outcome.detail[:1000]]).encode())
    except BaseException:  # noqa: BLE001 - a forked process must not return into the tests
        traceback.print_exc()
    finally:
        os._exit(0)


def wait_for(line: socket.socket | int, within: float) -> bool:
    """Whether a descriptor is readable within so many seconds; a process's is when it has ended, threads and all."""
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(within * 1000))


def _line(fd: int) -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=fd)


@pytest.fixture
def fake_guest(
    tmp_path_factory: pytest.TempPathFactory, limits: Callable[..., ResourceVector]
) -> Iterator[Callable[..., FakeGuest]]:
    """Make vessels with limits by name. `ports` are those that the vessel has for itself on loopback.

    `group` is the cgroup of the guest, `network` the one that it is on.
    """
    made: list[FakeGuest] = []

    def make(
        *, ports: tuple[int, ...] = (), group: Group | None = None, network: Network | None = None, **changes: Any
    ) -> FakeGuest:
        for one in made:
            one.close()
        made.clear()
        vector = limits(**{"messport": list(ports), "connport": list(ports), **changes})
        made.append(
            FakeGuest(tmp_path_factory.mktemp("vessel"), vector, ports, group=group, network=network or no_names())
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def family() -> Callable[[int], set[int]]:
    """All processes that come from this one, zombies included."""
    return family_of


@pytest.fixture
def no_one_left() -> Callable[[Any], None]:
    """Wait until a nursery has its spare, with its guest, and no other process; fail when there are others."""
    return wait_until_alone


def family_of(pid: int) -> set[int]:
    try:
        children = {int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except OSError:
        return set()
    return children.union(*map(family_of, children))


def wait_until_alone(nursery: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(family := family_of(nursery.process.pid)) != 2:
        assert time.monotonic() < deadline, f"there are {len(family)} processes: {[told_of(pid) for pid in family]}"
        time.sleep(0.01)  # the end of somebody else's child comes without an event


def told_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text()[:60]
    return "gone meanwhile"


@pytest.fixture
def is_readable() -> Callable[[int, float], bool]:
    """See `wait_for`."""
    return wait_for
