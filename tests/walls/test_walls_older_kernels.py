"""A kernel that lacks what the newest ones have: the wall stands without, and says what is absent."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pyseccomp  # type: ignore[import-untyped]  # it has no types
import pytest

from seattle.repy.walls import PartName, Prepared, State, prepare, standing
from seattle.repy.walls.advice import ADVICE

RunGuest = Callable[..., Any]  # see conftest.py

NEWER = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "close_range", "clone3")
PATIENCE = 60  # seconds

# `repy` in a world where those calls do not exist.
OLDER = f"""
import errno, sys
import pyseccomp
world = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
for call in {NEWER!r}:
    world.add_rule(pyseccomp.ERRNO(errno.ENOSYS), call)
world.load()
from seattle.repy.cli import main
sys.exit(main())
"""


@pytest.fixture
def prepared() -> Prepared:
    """In place of the one that has what this machine has."""
    return prepare()._replace(landlock_abi=0)


def test_given_an_older_kernel_when_it_is_surveyed_then_the_wall_stands_without_landlock() -> None:
    command = [sys.executable, "-c", OLDER, "walls", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    parts = json.loads(ended.stdout)
    states = {part["name"]: part["state"] for part in parts}
    assert states[PartName.LANDLOCK] == states[PartName.MONITOR_LANDLOCK] == State.ABSENT.value
    assert states[PartName.DESCRIPTORS] == State.UP.value
    assert State.FAILED.value not in states.values()
    for part in parts:  # and says what that means, and what to do
        assert bool(part["without"] and part["remedy"]) is (part["state"] != State.UP.value), part


def test_given_an_older_kernel_when_people_ask_then_each_part_that_is_absent_has_its_consequence_and_remedy() -> None:
    command = [sys.executable, "-c", OLDER, "walls"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.splitlines()
    (at,) = [number for number, line in enumerate(told) if line.split()[0] == PartName.LANDLOCK]
    assert told[at].split(maxsplit=1)[1].split(maxsplit=1) == ["absent", "this kernel runs without Landlock"]
    assert told[at + 1].strip() == f"without it: {ADVICE[PartName.LANDLOCK].without}"
    assert told[at + 2].strip() == f"remedy: {ADVICE[PartName.LANDLOCK].remedy}"


def test_given_open_files_when_a_guest_enters_then_none_but_those_kept_come_along(
    run_unprivileged_guest: RunGuest, only: Callable[..., frozenset[str]]
) -> None:
    opened: list[int] = []

    def make_older() -> None:
        opened.extend(os.open("/dev/null", os.O_RDONLY) for _ in range(20))
        world = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
        world.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "close_range")
        world.load()

    outcome = run_unprivileged_guest(
        lambda: [number for number in opened if _is_open(number)],
        before_fork=make_older,
        leaving_out=only(PartName.DESCRIPTORS),
        may_lack=True,
    )
    assert outcome.answer == []
    assert [part.state for part in outcome.report if part.name == PartName.DESCRIPTORS] == [State.UP]


def test_given_no_landlock_when_a_guest_enters_then_all_else_stands(run_guest: RunGuest) -> None:
    outcome = run_guest(lambda: None, may_lack=True)
    assert standing(outcome.report)
    assert [part.state for part in outcome.report if part.name == PartName.LANDLOCK] == [State.ABSENT]


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
