"""What this machine has, asked without a change to whoever asks."""

# Links in /proc are names of things, not paths.
# ruff: noqa: PTH115, PTH208

import os
from pathlib import Path
from typing import Any

from seattle.repy.walls import PartName, State, prepare, standing, survey


def state_of_this_process() -> Any:
    lines = Path("/proc/self/status").read_text().splitlines()
    kept = ("Uid", "Gid", "Groups", "Cap", "NoNewPrivs", "Seccomp", "Threads")
    links = {name: os.readlink(f"/proc/self/ns/{name}") for name in os.listdir("/proc/self/ns")}
    return [line for line in lines if line.startswith(kept)], links, sorted(os.listdir("/proc/self/fd"))


def test_given_this_machine_when_it_is_surveyed_then_every_part_has_a_state_and_a_reason() -> None:
    prepare()  # loads libraries
    before = state_of_this_process()
    report = survey()
    assert {part.name for part in report} == set(PartName)
    assert all(part.detail for part in report)
    assert standing(report)
    assert [part for part in report if part.state is State.FAILED] == []
    assert state_of_this_process() == before


def test_given_a_survey_when_it_is_over_then_no_child_is_left() -> None:
    survey()
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    named = [Path(f"/proc/{child}/comm").read_text() for child in children]
    assert named == []
