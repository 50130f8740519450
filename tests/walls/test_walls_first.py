"""What is done on a guest's way, before its wall goes up."""

# Only the number of descriptors counts.
# ruff: noqa: PTH208

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.walls import State, WallError, process

RunGuest = Callable[..., Any]  # see conftest.py, as for the next
InMonitor = Callable[[Callable[[], object]], Any]


def forking() -> Any:
    """The module: its package shows the function of the same name."""
    return sys.modules["seattle.repy.walls.fork_guest"]


def start_a_thread() -> None:
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def test_given_something_to_do_first_when_a_guest_enters_then_it_was_done_in_the_open(run_guest: RunGuest) -> None:
    seen: list[int] = []
    outcome = run_guest(lambda: seen, first=lambda: seen.append(len(Path("/proc/self/status").read_text())))
    assert outcome.answer[0] > 0
    assert seen == []  # not in the monitor, nor here


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # that it has threads is the point
def test_given_threads_that_were_started_first_when_a_guest_enters_then_all_parts_are_as_ever(
    run_guest: RunGuest,
) -> None:
    plain = run_guest(threading.active_count, may_lack=True)
    outcome = run_guest(threading.active_count, may_lack=True, first=start_a_thread)
    assert outcome.report == plain.report
    assert State.FAILED not in {part.state for part in outcome.report}
    assert (outcome.answer, outcome.status) == (1, 0)


@pytest.mark.parametrize(
    ("first", "complaint"),
    [
        (Path("/nowhere").stat, "FileNotFoundError: [Errno 2] No such file or directory: '/nowhere'"),
        (lambda: os._exit(0), "the process that forks the guest died before it had forked one"),
        (lambda: os.read(os.pipe()[0], 1), "it takes more than 1 s"),
    ],
)
def test_given_no_good_end_of_it_when_a_guest_is_forked_then_there_is_none_and_the_reason_is_told(
    in_monitor: InMonitor, monkeypatch: pytest.MonkeyPatch, first: Callable[[], object], complaint: str
) -> None:
    monkeypatch.setattr(forking(), "PATIENCE", 1.0)

    def work() -> object:
        process.own_proc_self()  # the fixture changed its user
        before = os.listdir("/proc/self/fd")
        try:
            forking().fork_guest(first=first)
        except WallError as why:
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
            return [str(why), children, os.listdir("/proc/self/fd") == before]
        return "forked"

    assert in_monitor(work) == [complaint, "", True]


def test_given_something_without_end_when_it_is_interrupted_then_there_is_no_guest_at_once(
    in_monitor: InMonitor,
) -> None:
    def work() -> object:
        process.own_proc_self()  # the fixture changed its user
        hear, tell = os.pipe()
        os.write(tell, b"stop")
        try:
            forking().fork_guest(first=lambda: os.read(os.pipe()[0], 1), unless=hear)
        except WallError as why:
            return [str(why), Path(f"/proc/self/task/{os.getpid()}/children").read_text()]
        return "forked"

    assert in_monitor(work) == ["it was interrupted", ""]


def test_given_something_without_end_when_the_monitor_is_killed_then_that_ends_too() -> None:
    hear, tell = os.pipe()
    monitor = os.fork()
    if monitor == 0:
        try:
            forking().fork_guest(first=lambda: [os.write(tell, b"busy"), os.read(os.pipe()[0], 1)])
        finally:
            os._exit(1)
    os.close(tell)
    assert os.read(hear, 4) == b"busy"
    os.kill(monitor, signal.SIGKILL)
    os.waitpid(monitor, 0)
    assert os.read(hear, 1) == b""  # everybody who could write there has ended
    os.close(hear)
