"""Nothing is weaker without a word: what is said of a part that is not up."""

import errno
import os

import pytest

from seattle.repy.walls import REQUIRED, Part, PartName, State, advice
from seattle.repy.walls.report import refused


@pytest.mark.parametrize("state", [State.ABSENT, State.FAILED])
@pytest.mark.parametrize("name", PartName)
def test_given_a_part_that_is_not_up_when_asked_then_its_consequence_and_its_remedy_are_told(
    name: PartName, state: State
) -> None:
    advised = advice(Part(name, state, "why"))
    assert advised is not None
    assert len(advised.without.split()) > 3
    assert len(advised.remedy.split()) > 3
    assert ("no foreign code is run" in advised.without) is (name in REQUIRED)


@pytest.mark.parametrize("name", PartName)
def test_given_a_part_that_is_up_when_asked_then_there_is_nothing_to_say(name: PartName) -> None:
    assert advice(Part(name, State.UP, "as it should be")) is None


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (errno.EPERM, State.ABSENT),
        (errno.ENOSYS, State.ABSENT),
        (errno.ENOMEM, State.FAILED),
        (errno.EIO, State.FAILED),
    ],
)
def test_given_the_kernels_refusal_when_it_is_reported_then_call_and_reason_are_named(
    number: int, state: State
) -> None:
    part = refused(PartName.LANDLOCK, OSError(number, os.strerror(number)), "Landlock ABI 1")
    assert part == Part(PartName.LANDLOCK, state, f"Landlock ABI 1: {os.strerror(number)}")
