"""What the attacks on the monitor have in common: a vessel in this process, whose guest the test plays itself."""

import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from seattle.repy import door, launch
from seattle.repy.launch import LaunchRequest
from seattle.repy.monitor.guest_process import GuestProcess
from seattle.repy.monitor.log import DiskLog
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.monitor.network.policy import NetworkPolicy
from seattle.repy.monitor.order import Order
from seattle.repy.monitor.vessel import Vessel
from seattle.repy.outcome import Outcome
from seattle.repy.walls.report import REQUIRED
from seattle.resources.vector import ResourceVector

PATIENCE = 30.0  # seconds that anything may take on a loaded machine
SOON = 0.02  # seconds after which a call that has no answer is taken for one that waits


class NoNames(HostNetwork):
    """This computer's network, without its resolver: no test asks strangers for names."""

    def resolve(self, name: str) -> str:
        if name == "localhost":
            return "127.0.0.1"
        raise OSError("no such name")


class FakeGuest:
    """A vessel whose monitor runs in a thread of this process, and both ends that a monitor trusts least.

    `lines` are the guest's ends of its lines, `launcher` is the launcher's end. The process that the monitor believes
    to be the guest only sleeps.
    """

    def __init__(self, folder: Path, limits: ResourceVector, own_ports: range) -> None:
        (folder / "files").mkdir(parents=True)
        (folder / "log").mkdir()
        self.files = folder / "files"
        self.process = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        ours, first = _pair()
        monitors_end, self.launcher = _pair()
        self.lines = [first]
        self._vessel_folder = os.open(self.files, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        log_folder = os.open(folder / "log", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._order = Order(
            request=LaunchRequest(program="fake", arguments=[]),
            head=door.encode(door.Program("fake", 4, [], "initialize", checked=True)),
            text=b"pass",
            limits=limits,
            policy=NetworkPolicy(neighbours=own_ports),
            vessel_folder=self._vessel_folder,
            log=DiskLog(log_folder, 4096),
            log_folder=log_folder,
        )
        self._guest = GuestProcess(self.process.pid, ours)
        self._monitors_end = monitors_end
        self.vessel = Vessel(monitors_end, self._guest, NoNames(), self._order)
        self.outcome: Outcome | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.outcome = self.vessel.run()

    def begin(self) -> "FakeGuest":
        """Do what an honest guest does up to the program's first call."""
        self.lines[0].send(door.encode(door.Ready([(name, "up", "") for name in REQUIRED])))
        self._thread.start()
        for _ in range(2):  # the program's head, and its text
            assert is_readable(self.lines[0], PATIENCE)
            self.lines[0].recv(door.MAX_FRAME)
        return self

    def begin_with(self, frame: bytes) -> "FakeGuest":
        """Say something else first."""
        self.lines[0].send(frame)
        self._thread.start()
        return self

    def ask(self, line: socket.socket, frame: bytes) -> door.Done | door.Failed | None:
        """Send a frame as it is; the answer, or None when there is none soon. A new line joins `lines`."""
        line.send(frame)
        return self.hear(line, within=SOON)

    def hear(self, line: socket.socket, *, within: float) -> door.Done | door.Failed | None:
        """An answer that is due."""
        if not is_readable(line, within):
            return None
        packet, fds, _flags, _address = socket.recv_fds(line, door.MAX_FRAME, 4)
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
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the monitor does not end"
        assert self.outcome is not None, "the monitor failed without a word"
        return self.outcome

    def close(self) -> None:
        """Let go of everything; what the monitor holds goes with its objects, as a process's end would see to."""
        self.process.kill()
        if self._thread.is_alive():
            self.stop()
        self.process.wait()
        self.vessel.close()
        self._order.close()
        self._guest.close()
        for end in (*self.lines, self.launcher, self._monitors_end):
            end.close()


def is_readable(line: socket.socket, within: float) -> bool:
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(within * 1000))


def _pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _line(fd: int) -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=fd)


@pytest.fixture
def fake_guest(
    tmp_path_factory: pytest.TempPathFactory, limits: Callable[..., ResourceVector], no_descriptor_left: None
) -> Iterator[Callable[..., FakeGuest]]:
    """Make vessels with limits by name. `ports` are those that the vessel has for itself on loopback."""
    made: list[FakeGuest] = []

    def make(*, ports: tuple[int, ...] = (), **changes: Any) -> FakeGuest:
        for one in made:
            one.close()
        made.clear()
        vector = limits(**{"messport": list(ports), "connport": list(ports), **changes})
        own_ports = range(min(ports), max(ports) + 1) if ports else range(0)
        made.append(FakeGuest(tmp_path_factory.mktemp("vessel"), vector, own_ports))
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
