"""A guest that the kernel kills: for its memory, or for anything else."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.outcome import OutcomeKind
from seattle.repy.walls import Group


@pytest.mark.parametrize(
    ("count", "kind", "said"),
    [
        (1, OutcomeKind.KILLED, "memory: the kernel ended it at the limit of 64000000 bytes"),
        (0, OutcomeKind.CRASHED, "signal 9 (Killed)"),
    ],
)
def test_given_a_guest_that_is_killed_when_its_cgroup_counts_so_then_its_end_is_told_as_one_for_memory(
    fake_guest: Callable[..., Any], tmp_path: Path, count: int, kind: OutcomeKind, said: str
) -> None:
    """The count is the kernel's; here it is on a plain file of the same form."""
    (tmp_path / "group").mkdir()
    (tmp_path / "group" / "memory.events").write_text(f"low 0\nhigh 0\nmax 3\noom 1\noom_kill {count}\n")
    group = Group(os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY), "group", frozenset({"memory"}))
    vessel = fake_guest(group=group, memory=64_000_000).begin()
    os.kill(vessel.guest, signal.SIGKILL)
    assert (vessel.wait().kind, vessel.wait().detail) == (kind, said)
