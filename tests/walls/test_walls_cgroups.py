"""Holding a guest by cgroup v2."""

import os
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.walls import CgroupLimits, State, cgroups

LIMITS = CgroupLimits(memory_bytes=64 << 20, processes=10, cpu_share=0.25)


@pytest.fixture
def delegated() -> Any:
    """A cgroup v2 folder that is ours, where this machine has one."""
    found = cgroups.delegated()
    if isinstance(found, str):
        pytest.skip(found)
    return found


def test_given_a_delegated_folder_when_a_guest_is_held_then_the_kernel_says_so(delegated: Path) -> None:
    guest = os.fork()
    if guest == 0:
        os.read(os.pipe()[0], 1)  # until killed
    try:
        held = cgroups.hold(delegated, guest, LIMITS, name=f"walls-test-{guest}")
        if held.folder is None:
            pytest.skip(held.part.detail)
        assert (held.folder / "memory.max").read_text().strip() == str(64 << 20)
        assert (held.folder / "pids.max").read_text().strip() == "10"
        assert (held.folder / "cpu.max").read_text().split() == ["25000", "100000"]
        assert (held.folder / "cgroup.procs").read_text().split() == [str(guest)]
    finally:
        os.kill(guest, 9)
        os.waitpid(guest, 0)
    cgroups.release(held.folder)
    assert not held.folder.exists()


def test_given_plain_files_in_the_shape_of_a_cgroup_when_a_guest_is_held_then_each_limit_is_written(
    tmp_path: Path,
) -> None:
    (tmp_path / "cgroup.subtree_control").write_text("memory\n")
    held = cgroups.hold(tmp_path, 4711, LIMITS, name="v1")
    assert held.part.state is State.UP
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu +pids"
    assert {file.name: file.read_text() for file in (tmp_path / "v1").iterdir()} == {
        "memory.max": "67108864",
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "pids.max": "10",
        "cpu.max": "25000 100000",
        "cgroup.procs": "4711",
    }


def test_given_a_folder_that_is_no_cgroup_when_a_guest_is_held_then_it_failed_and_says_where(tmp_path: Path) -> None:
    held = cgroups.hold(tmp_path / "missing", 4711, LIMITS, name="v1")
    assert held.part.state is State.FAILED
    assert "missing" in held.part.detail
    assert held.folder is None


def test_given_any_machine_when_asked_for_cgroups_then_none_is_claimed_that_holds_no_run() -> None:
    part = cgroups.report()
    assert part.state is State.ABSENT
    assert part.detail
