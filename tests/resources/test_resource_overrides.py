"""Amounts as people write them on a command line."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.resources.defaults import VESSEL
from seattle.resources.errors import ResourceMathError
from seattle.resources.kinds import NUMBERS, Resource
from seattle.resources.overrides import override


def test_given_nothing_to_change_when_overridden_then_it_is_the_same_vector() -> None:
    assert override(VESSEL, []) is VESSEL


@pytest.mark.parametrize(
    ("assignment", "resource", "amount"),
    [
        ("cpu=0.5", Resource.CPU, 0.5),
        ("cpu=.25", Resource.CPU, 0.25),
        ("memory=64M", Resource.MEMORY, 64_000_000),
        ("memory=64Mi", Resource.MEMORY, 64 * 1024 * 1024),
        ("memory=1.5Gi", Resource.MEMORY, 3 * 512 * 1024 * 1024),
        ("netsend=1.5k", Resource.NETSEND, 1500.0),
        ("events=7", Resource.EVENTS, 7),
        ("insockets=0", Resource.INSOCKETS, 0),
    ],
)
def test_given_an_amount_when_overridden_then_that_resource_has_it_and_no_other_changes(
    assignment: str, resource: Resource, amount: float
) -> None:
    changed = override(VESSEL, [assignment])
    assert changed[resource] == amount
    for other in NUMBERS:
        assert other is resource or changed[other] == VESSEL[other]


@pytest.mark.parametrize(
    ("value", "ports"),
    [("", set()), ("1", {1}), ("63100-63102,7", {7, 63100, 63101, 63102}), ("5,5", {5})],
)
def test_given_ports_when_overridden_then_there_are_just_those(value: str, ports: set[int]) -> None:
    assert override(VESSEL, [f"connport={value}"]).connports == ports
    assert override(VESSEL, [f"connport={value}"]).messports == VESSEL.messports


@pytest.mark.parametrize(
    ("assignments", "shown"),
    [
        (["memory"], "expected NAME=VALUE"),
        (["memery=1"], "no resource 'memery'"),
        (["memory="], "expected a number"),
        (["memory=-1"], "expected a number"),
        (["memory=1e9"], "expected a number"),
        (["memory=64 M"], "expected a number"),
        (["memory=64m"], "expected a number"),
        (["memory=nan"], "expected a number"),
        (["memory=0.5"], "memory"),
        (["memory=9999999G"], "memory"),
        (["memory=" + "9" * 10_000], "memory"),
        (["cpu=1", "cpu=2"], "set twice"),
        (["messport=x"], "expected ports"),
        (["messport=65536"], "expected ports"),
        (["messport=0"], "messport"),
        (["messport=1-"], "expected ports"),
        (["messport=1,,2"], "expected ports"),
        (["messport=9-8"], "expected ports"),
    ],
)
def test_given_what_is_no_amount_when_overridden_then_the_error_says_what_is_expected(
    assignments: list[str], shown: str
) -> None:
    with pytest.raises(ResourceMathError, match=shown):
        override(VESSEL, assignments)


@given(st.sampled_from(["cpu", "memory", "connport", "events"]), st.text())
def test_given_any_text_when_overridden_then_it_is_an_amount_or_refused(name: str, value: str) -> None:
    with suppress(ResourceMathError):
        assert override(VESSEL, [f"{name}={value}"]).fits_within(override(VESSEL, [f"{name}={value}"]))


@given(st.integers(0, 10**15))
def test_given_any_whole_number_when_overridden_then_it_is_that_number(number: int) -> None:
    assert override(VESSEL, [f"memory={number}"])[Resource.MEMORY] == number
