"""Runs of a nursery whose cgroup v2 folder was delegated: each guest is in a group of its own, which goes with it."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]  # see conftest.py


@pytest.fixture
def nursery_within(delegated_cgroup: Path, new_nursery: Callable[[], Any]) -> Any:
    """A nursery that lives one below the delegated folder, as a service's main process may."""
    subgroup = delegated_cgroup / "supervisor"
    subgroup.mkdir()
    mount, before = delegated_cgroup.parent, Path("/proc/self/cgroup").read_text().rpartition("0::/")[2].strip()
    (subgroup / "cgroup.procs").write_text("0")
    try:
        return new_nursery()
    finally:
        (mount / before / "cgroup.procs").write_text("0")


def groups(folder: Path) -> dict[int, list[str]]:
    """Who lives in the group of which monitor; groups may come and go while they are read."""
    found = {}
    for group in folder.glob("seattle-guest-*"):
        with suppress(FileNotFoundError):  # removed since the folder was listed
            found[int(group.name.removeprefix("seattle-guest-"))] = (group / "cgroup.procs").read_text().split()
    return found


def test_given_a_run_when_looked_at_then_its_guest_is_in_a_group_and_its_monitor_is_not(
    delegated_cgroup: Path, nursery_within: Any, start: Start
) -> None:
    run = start("print('up')\nsleep(1000)", using=nursery_within)
    run.wait_for_output("up")
    assert groups(delegated_cgroup)[run.monitor] == [str(run.guest)]
    assert str(run.monitor) in (delegated_cgroup / "supervisor" / "cgroup.procs").read_text().split()


def test_given_a_run_when_it_is_stopped_then_its_group_is_gone_before_anybody_hears(
    delegated_cgroup: Path, nursery_within: Any, start: Start
) -> None:
    run = start("while True:\n    pass", using=nursery_within)
    monitor = run.monitor
    run.stop()
    assert run.wait().kind == "stopped"
    assert monitor not in groups(delegated_cgroup)


def test_given_a_run_that_finishes_when_its_monitor_has_gone_then_so_has_its_group(
    delegated_cgroup: Path, nursery_within: Any, start: Start, until_gone: Callable[[int], None]
) -> None:
    run = start("print('up')\nsleep(0.2)", using=nursery_within)
    monitor = run.monitor
    assert run.wait().kind == "exited"
    until_gone(monitor)
    assert monitor not in groups(delegated_cgroup)


def test_given_a_monitor_that_was_killed_when_the_next_run_starts_then_nothing_of_it_is_left(
    delegated_cgroup: Path, nursery_within: Any, start: Start, until_gone: Callable[[int], None]
) -> None:
    run = start("print('up')\nsleep(1000)", using=nursery_within)
    run.wait_for_output("up")
    monitor = run.monitor
    assert groups(delegated_cgroup)[monitor] == [str(run.guest)]
    os.kill(monitor, signal.SIGKILL)
    until_gone(run.guest)
    deadline = time.monotonic() + 20
    while monitor in groups(delegated_cgroup):  # swept when the nursery makes its next spare
        assert time.monotonic() < deadline
        start("print('next')", using=nursery_within).wait()


def test_given_a_nursery_that_ends_when_its_spares_have_gone_then_no_group_is_left(
    delegated_cgroup: Path, nursery_within: Any, start: Start
) -> None:
    assert start("print('up')", using=nursery_within).wait().kind == "exited"
    nursery_within.close()
    deadline = time.monotonic() + 20
    while groups(delegated_cgroup):
        assert time.monotonic() < deadline
        time.sleep(0.01)  # the end of somebody else's child comes without an event
    nursery_within._lifeline = os.open("/dev/null", os.O_RDONLY)  # for the fixture, which closes it again
