"""Stop means gone: every process and thread of a guest, whatever it is doing, and whoever else dies."""

import os
import random
import signal
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.launch import LaunchRequest
from seattle.resources.restrictions import Restrictions, format_restrictions
from seattle.resources.vector import ResourceVector

Readable = Callable[[int, float], bool]  # see conftest.py

WITHIN = 1.0  # seconds after which a stopped guest has to be gone
ON_A_LOADED_MACHINE = 5.0  # seconds: what a short test on a machine that does other things as well insists on

STORM = """
def storm():
    while True:
        try:
            createthread(storm)
        except ResourceExhaustedError:
            pass
print("up")
storm()
"""
OUT_OF_MEMORY = """
print("up")
kept = []
while True:
    try:
        kept.append(bytearray(1 << 16))
    except MemoryError:
        pass
"""
OUT_OF_MEMORY_IN_THREADS = """
begun = []
def fill():
    kept = []
    while not begun:
        sleep(0.001)
    while True:
        try:
            kept.append([0] * 1000)
        except MemoryError:
            pass
for number in range(8):
    createthread(fill)
print("up")
begun.append(True)
sleep(1000)
"""
SPINS_IN_THREADS = """
def spin():
    while True:
        pass
for number in range(15):
    createthread(spin)
print("up")
sleep(1000)
"""
SPINS_ON_THE_DOOR = """
def spin():
    while True:
        getresources()
for number in range(5):
    createthread(spin)
print("up")
spin()
"""
FULL_SOCKET = """
listener = listenforconnection("127.0.0.1", port)
def connect():
    return openconnection("127.0.0.1", port, "127.0.0.1", port2, 10)
def take():
    while True:
        try:
            taken.append(listener.getconnection())
            return
        except SocketWouldBlockError:
            sleep(0.001)
taken = []
createthread(take)
connection = connect()
print("up")
while True:
    try:
        connection.send(b"x" * 100_000)
    except SocketWouldBlockError:
        pass
"""
REACHES_NOBODY = """
print("up")
openconnection("127.0.0.1", port, "127.0.0.1", port2, 1000)
"""
WAITS_FOR_A_RATE = """
print("up")
while True:
    sendmessage("127.0.0.1", port, "x" * 5000, "127.0.0.1", port2)
"""
CATCHES_EVERYTHING = """
print("up")
while True:
    try:
        while True:
            sleep(0.001)
    except:
        pass
    finally:
        continue
"""

PROGRAMS: dict[str, str] = {
    "sleeps": "print('up')\nsleep(1000)\n",
    "spins": "print('up')\nwhile True:\n    pass\n",
    "stands still for its CPU share": "print('up')\nwhile True:\n    pass\n",
    "computes in C": "print('up')\nx = 3 ** (10 ** 9)\n",
    "matches in C": "import re\nprint('up')\nre.match('(a+)+$', 'a' * 60 + 'b')\n",
    "is out of memory": OUT_OF_MEMORY,
    "is out of memory in threads": OUT_OF_MEMORY_IN_THREADS,
    "storms with threads": STORM,
    "spins in threads": SPINS_IN_THREADS,
    "spins on the door": SPINS_ON_THE_DOOR,
    "catches everything": CATCHES_EVERYTHING,
    "waits for the log": "print('up')\nwhile True:\n    log('x' * 10_000)\n",
    "waits for a rate": WAITS_FOR_A_RATE,
    "waits for randomness": "print('up')\nwhile True:\n    randombytes()\n",
    "has a full socket": FULL_SOCKET,
    "connects to nobody": REACHES_NOBODY,
    "writes files": "print('up')\nf = openfile('f', True)\nwhile True:\n    f.writeat('x' * 100_000, 0)\n",
    "has just started": "print('up')\nsleep(1000)\n",
    "has not started": "print('up')\nsleep(1000)\n",
    "is just ending": "print('up')\n",
    "has just failed": "1 / 0\n",
}
ENDS_SOON = ("has not started", "is just ending", "has just failed")
LIMITS: dict[str, dict[str, Any]] = {
    "stands still for its CPU share": {"cpu": 0.01},
    "is out of memory": {"memory": 40_000_000},
    "is out of memory in threads": {"memory": 40_000_000},
    "waits for the log": {"lograte": 1000},
    "waits for a rate": {"loopsend": 1000},
    "waits for randomness": {"random": 10},
    "has a full socket": {"loopsend": 10**9, "looprecv": 10**9},
    "writes files": {"filewrite": 10**9},
}


class Starter:
    """Starts PROGRAMS in a nursery of the test's own."""

    def __init__(self, nursery: Any, vessel: Path, limits: Callable[..., ResourceVector], own: list[int]) -> None:
        self.nursery = nursery
        self._vessel = vessel
        self._limits = limits
        self._own = own
        self._deaf: list[socket.socket] = []

    def close(self) -> None:
        for end in self._deaf:
            end.close()

    def begin(self, kind: str) -> Any:
        """Start one and bring it where it is to be stopped."""
        wanted = {"events": 20, "messport": self._own, "connport": self._own, **LIMITS.get(kind, {})}
        restrictions = format_restrictions(Restrictions(self._limits(**wanted)))
        request = LaunchRequest(program="program.py", arguments=[], restrictions=restrictions)
        if kind == "connects to nobody" and not self._deaf:
            self._deaf = deaf_listener(self._own[0])
        text = f"port, port2 = {self._own}\n{PROGRAMS[kind]}"
        run = self.nursery.start(request, text.encode(), self._vessel)
        if kind == "has not started":
            return run
        run.wait_until_started()
        if kind not in ("has just started", *ENDS_SOON):
            run.wait_for_output("up")
        if kind == "stands still for its CPU share":
            wait_until_stopped(run.guest)
        else:
            time.sleep(random.random() / 50)  # not always at the same place
        return run


@pytest.fixture
def starter(
    new_nursery: Callable[[], Any],
    vessel: Path,
    limits: Callable[..., ResourceVector],
    ports: Callable[[int], list[int]],
) -> Iterator[Starter]:
    one = Starter(new_nursery(), vessel, limits, ports(2))
    yield one
    one.close()


def deaf_listener(port: int) -> list[socket.socket]:
    """One whose queue is full: the kernel leaves those who connect without an answer."""
    listener = socket.create_server(("127.0.0.1", port), backlog=0)
    callers = [socket.socket() for _ in range(3)]
    for caller in callers:
        caller.setblocking(False)
        caller.connect_ex(("127.0.0.1", port))
    return [listener, *callers]


def wait_until_stopped(pid: int) -> None:
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < deadline
        time.sleep(0.001)  # the states of a stranger's process come without events


def rounds(short: int, long: int) -> pytest.MarkDecorator:
    """A brief version for every day, and the one that is shown by `make soak`."""
    return pytest.mark.parametrize(
        ("rounds", "within"),
        [
            pytest.param(short, ON_A_LOADED_MACHINE, id="short"),
            pytest.param(long, WITHIN, id="soak", marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
        ],
    )


def report(what: str, seconds: list[float]) -> None:
    """Figures for whoever runs this with -s."""
    median, worst = statistics.median(seconds), max(seconds)
    print(f"\n{what}: {len(seconds)} times, median {median * 1e3:.1f} ms, worst {worst * 1e3:.1f} ms")


@rounds(3, 48)
@pytest.mark.parametrize("kind", PROGRAMS)
def test_given_a_program_in_any_state_when_it_is_stopped_then_all_its_threads_are_gone_within_a_second(
    starter: Starter,
    no_one_left: Callable[[Any], None],
    is_readable: Readable,
    kind: str,
    rounds: int,
    within: float,
) -> None:
    took: list[float] = []
    for _ in range(rounds):
        run = starter.begin(kind)
        guest = descriptor_of(run.guest)
        before = time.monotonic()
        try:
            run.stop()
        except ConnectionError:
            assert kind in {one for one, _ in POSSIBLE}
        if guest is not None:
            assert is_readable(guest, within), f"the guest is there after {within} seconds"
            took.append(time.monotonic() - before)
            os.close(guest)
        ended = run.wait()
        if guest is None:
            took.append(time.monotonic() - before)
            assert took[-1] < within
        assert ended.kind == "stopped" or (kind, ended.kind) in POSSIBLE, ended
        run.close()
    no_one_left(starter.nursery)
    report(kind, took)


def descriptor_of(pid: int) -> int | None:
    """One that can't come to mean another process. None if there is no such process yet, or any more."""
    try:
        return os.pidfd_open(pid) if pid > 0 else None
    except ProcessLookupError:
        return None


POSSIBLE = {
    ("is just ending", "exited"),
    ("has just failed", "exception"),
    ("is out of memory", "killed"),
    ("is out of memory in threads", "killed"),
    ("is out of memory in threads", "exception"),
}
"""How such a program may have ended by itself before it was stopped."""


@rounds(1, 10)
@pytest.mark.parametrize("kind", [kind for kind in PROGRAMS if kind not in ENDS_SOON])
def test_given_a_program_in_any_state_when_its_monitor_is_killed_then_all_its_threads_are_gone_within_a_second(
    starter: Starter,
    no_one_left: Callable[[Any], None],
    is_readable: Readable,
    kind: str,
    rounds: int,
    within: float,
) -> None:
    took: list[float] = []
    for _ in range(rounds):
        run = starter.begin(kind)
        guest, monitor = os.pidfd_open(run.guest), run.monitor
        before = time.monotonic()
        os.kill(monitor, signal.SIGKILL)
        assert is_readable(guest, within), f"the guest is there after {within} seconds"
        took.append(time.monotonic() - before)
        os.close(guest)
        run.close()
    no_one_left(starter.nursery)
    report(kind, took)


@rounds(2, 50)
def test_given_a_nursery_at_any_moment_when_it_is_killed_then_its_spare_is_gone_within_a_second(
    new_nursery: Callable[[], Any],
    family: Callable[[int], set[int]],
    is_readable: Readable,
    rounds: int,
    within: float,
) -> None:
    took: list[float] = []
    for number in range(rounds):
        nursery = new_nursery()
        while not family(nursery.process.pid):
            assert nursery.process.poll() is None
        time.sleep(random.random() / 20 if number % 2 else 0)  # in the middle of a spare's life, too
        # The guest of a rehearsal may have ended by itself since we saw it.
        ends = {pid: end for pid in family(nursery.process.pid) if (end := descriptor_of(pid)) is not None}
        before = time.monotonic()
        nursery.process.kill()
        for pid, end in ends.items():
            assert is_readable(end, within), f"process {pid} is there after {within} seconds"
            os.close(end)
        took.append(time.monotonic() - before)
    report("a nursery's spare", took)
