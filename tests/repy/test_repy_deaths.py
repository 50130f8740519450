"""Sudden deaths: whoever is killed, no program goes on alone, and what is left says what happened."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.outcome_file import read_outcome

Start = Callable[..., Any]  # see conftest.py, as for the next
Gone = Callable[[int], None]
Popen = Callable[..., Any]

SPINS = "print('up')\nwhile True:\n    pass\n"
SLEEPS = "print('up')\nsleep(1000)\n"
HAS_THREADS = """
def spin():
    while True:
        pass
for number in range(4):
    createthread(spin)
print("up")
sleep(1000)
"""
# One bytecode that takes longer than anybody waits; no signal handler of Python's would ever run.
IN_C_CODE = "print('up')\nx = 3 ** (10 ** 9)\n"
WAITS_FOR_A_RATE = "print('up')\nfor number in range(1000):\n    randombytes()\n"
WAITS_FOR_THE_LOG = "while True:\n    print('up' * 1000)\n"
HOLDS_THE_DOOR = "print('up')\nwhile True:\n    getresources()\n"

EVERY_KIND = {
    "spins": SPINS,
    "sleeps": SLEEPS,
    "has threads": HAS_THREADS,
    "in C code": IN_C_CODE,
    "waits for a rate": WAITS_FOR_A_RATE,
    "waits for the log": WAITS_FOR_THE_LOG,
    "holds the door": HOLDS_THE_DOOR,
}
LIMITS = {"random": 100}


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def wait_until(condition: Callable[[], bool], within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)  # the states of a stranger's process come without events


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("walls", ["both", "language"])
def test_given_a_program_when_it_is_stopped_then_it_is_gone_within_a_second(
    start: Start, until_gone: Callable[[int, float], None], walls: str, kind: str
) -> None:
    run = start(EVERY_KIND[kind], walls=walls, limits=LIMITS)
    run.wait_for_output("up")
    run.stop("its owner")
    until_gone(run.guest, 1.0)
    result = run.wait()
    assert (result.kind, result.detail, result.code) == ("stopped", "its owner", 6)


def test_given_a_program_that_was_stopped_when_its_launcher_has_heard_then_its_monitor_hangs_up_and_goes_later(
    start: Start, until_gone: Gone
) -> None:
    run = start(SLEEPS)
    run.wait_for_output("up")
    monitor = run.monitor
    run.stop("its owner")
    run.wait()
    assert run.line.recv(1) == b""
    until_gone(monitor)


def test_given_a_program_that_stands_still_for_its_cpu_share_when_it_is_stopped_then_it_is_gone_within_a_second(
    start: Start, until_gone: Callable[[int, float], None]
) -> None:
    run = start(SPINS, limits={"cpu": 0.01})
    run.wait_for_output("up")
    wait_until(lambda: is_stopped(run.guest))
    run.stop("its owner")
    until_gone(run.guest, 1.0)
    assert run.wait().kind == "stopped"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_given_a_program_when_its_guest_is_killed_then_the_outcome_is_a_crash_with_that_signal(
    start: Start, kind: str
) -> None:
    run = start(EVERY_KIND[kind], limits=LIMITS)
    run.wait_for_output("up")
    os.kill(run.guest, signal.SIGKILL)
    result = run.wait()
    assert (result.kind, result.detail, result.code) == ("crashed", "signal 9 (Killed)", 7)


@pytest.mark.parametrize("walls", ["both", "kernel", "language"])
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_given_a_program_when_its_monitor_is_killed_then_the_guest_goes_with_it(
    start: Start, until_gone: Gone, walls: str, kind: str
) -> None:
    run = start(EVERY_KIND[kind], walls=walls, limits=LIMITS)
    run.wait_for_output("up")
    os.kill(run.monitor, signal.SIGKILL)
    until_gone(run.guest)
    assert run.wait().kind == "lost"  # the line to the launcher has broken, and that is all that it hears


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_given_a_program_when_its_launcher_hangs_up_then_it_is_ended(start: Start, until_gone: Gone, kind: str) -> None:
    run = start(EVERY_KIND[kind], limits=LIMITS)
    run.wait_for_output("up")
    monitor = run.monitor
    run.line.shutdown(2)
    until_gone(run.guest)
    until_gone(monitor)


def test_given_programs_when_their_nursery_is_killed_then_they_run_on_to_their_outcome(
    start: Start, new_nursery: Callable[[], Any], until_gone: Gone
) -> None:
    nursery = new_nursery()
    ends, spins = start("print('up')\nsleep(0.2)\nprint('end')\n", using=nursery), start(SPINS, using=nursery)
    for one in (ends, spins):
        one.wait_for_output("up")
    nursery.process.kill()
    nursery.process.wait()
    result = ends.wait()
    assert (result.kind, result.output) == ("exited", "up\nend\n")
    spins.stop()
    assert spins.wait().kind == "stopped"
    until_gone(spins.guest)


def test_given_a_nursery_when_it_ends_or_is_killed_then_no_process_of_its_is_left(
    new_nursery: Callable[[], Any], until_gone: Gone
) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        nursery = new_nursery()
        wait_until(lambda: len(descendants(nursery.process.pid)) >= 2)  # noqa: B023 - called before the next round
        family = descendants(nursery.process.pid)
        nursery.process.send_signal(number)
        nursery.process.wait()
        for pid in family:
            until_gone(pid)


def descendants(pid: int) -> list[int]:
    """Children, and theirs."""
    try:
        children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return children + [one for child in children for one in descendants(child)]


class Command:
    """A `repy` in the background, found by what it writes down itself."""

    def __init__(self, popen: Popen, folder: Path, text: str, *options: str) -> None:
        (folder / "program.py").write_text(text)
        words = ["--status", "status", *options, "program.py"]
        self.process: subprocess.Popen[bytes] = popen(*words, cwd=folder)
        self._status, self._log = folder / "status", folder / "log"
        wait_until(lambda: self.status.get("state") in ("running", "ended"))
        self.guest: int = self.status["guest_pid"]

    @property
    def monitor(self) -> int:
        """Its process: the guest's parent."""
        return int(Path(f"/proc/{self.guest}/stat").read_text().rpartition(")")[2].split()[1])

    @property
    def status(self) -> dict[str, Any]:
        return dict(json.loads(self._status.read_text())) if self._status.exists() else {}

    @property
    def outcome(self) -> tuple[str, str] | None:
        """What is recorded beside the log."""
        folder = os.open(self._log, os.O_RDONLY | os.O_DIRECTORY)
        try:
            found = read_outcome(folder)
        finally:
            os.close(folder)
        return None if found is None else (found[0].kind.value, found[0].detail)


@pytest.fixture
def command(popen: Popen, tmp_path: Path) -> Callable[..., Command]:
    return lambda text, *options: Command(popen, tmp_path, text, *options)


LOST = ("crashed", "the program's monitor is gone, and the program with it")


def test_given_the_repy_command_when_it_is_killed_then_the_program_is_gone_and_the_monitor_has_recorded_why(
    command: Callable[..., Command], until_gone: Gone
) -> None:
    one = command(SPINS, "--log", "log")
    monitor = one.monitor
    one.process.kill()
    until_gone(one.guest)
    until_gone(monitor)
    assert one.outcome == ("stopped", "its launcher, which is gone")


def test_given_the_repy_command_when_its_monitor_is_killed_then_it_says_so_with_7_and_records_it(
    command: Callable[..., Command], until_gone: Gone
) -> None:
    one = command(SPINS, "--log", "log")
    os.kill(one.monitor, signal.SIGKILL)
    _, error = one.process.communicate(timeout=30)
    assert one.process.returncode == 7
    assert error.decode() == "repy: crashed: the program's monitor is gone, and the program with it\n"
    until_gone(one.guest)
    assert one.outcome == LOST
    assert (one.status["state"], one.status["outcome"]["kind"]) == ("ended", "crashed")


def test_given_json_when_the_monitor_is_killed_then_the_last_event_says_so(
    command: Callable[..., Command], until_gone: Gone
) -> None:
    one = command(SPINS, "--json")
    os.kill(one.monitor, signal.SIGKILL)
    output, error = one.process.communicate(timeout=30)
    last = json.loads(output.splitlines()[-1])
    assert (last["event"], last["kind"], last["detail"], error) == ("ended", *LOST, b"")
    until_gone(one.guest)


def test_given_the_repy_command_when_its_guest_is_killed_then_the_outcome_names_the_signal(
    command: Callable[..., Command],
) -> None:
    one = command(SPINS, "--log", "log")
    os.kill(one.guest, signal.SIGKILL)
    assert one.process.wait(30) == 7
    assert one.outcome == ("crashed", "signal 9 (Killed)")


def test_given_the_repy_command_and_its_monitor_when_both_are_killed_then_the_next_run_is_as_any(
    command: Callable[..., Command], until_gone: Gone
) -> None:
    one = command(SPINS, "--log", "log")
    for pid in (one.monitor, one.process.pid):
        os.kill(pid, signal.SIGKILL)
    one.process.wait()
    until_gone(one.guest)
    assert one.outcome is None  # there was nobody left to record it
    two = command("print('up')\n", "--log", "log")
    assert two.process.wait(30) == 0
    assert two.outcome == ("exited", "0")


def test_given_the_repy_command_when_its_nursery_is_killed_then_program_and_outcome_are_not_touched(
    command: Callable[..., Command], runtime_folder: Path, end_nurseries: Callable[[Path], None]
) -> None:
    one = command("sleep(1)\nprint('end')\n", "--log", "log")
    end_nurseries(runtime_folder)
    assert one.process.wait(30) == 0
    assert one.outcome == ("exited", "0")
    two = command("print('up')\n", "--log", "log")
    assert two.process.wait(30) == 0
