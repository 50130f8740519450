from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.resources.defaults import REPY_DEFAULT, VESSEL
from seattle.resources.errors import (
    BadPortionError,
    OverlapError,
    ProposalTooLargeError,
    ResourceMathError,
    TooSmallToSplitError,
)
from seattle.resources.kinds import Resource
from seattle.resources.restrictions import Restrictions, format_restrictions, parse_restrictions
from seattle.resources.splitting import OFFCUT, join, portion, split
from seattle.resources.vector import ResourceVector

vectors = st.from_type(ResourceVector)
NOTHING = ResourceVector.of(cpu=0, memory=0, diskused=0)


def total(vessels: list[ResourceVector], offcut: ResourceVector) -> tuple[list[int], set[int], set[int]]:
    """All there is on a node, offcuts included; fails if a port belongs to two vessels."""
    offcuts = len(vessels) - 1
    sums = [sum(column) for column in zip(*(vessel.steps for vessel in vessels), strict=True)]
    sums = [number + offcuts * cost for number, cost in zip(sums, offcut.steps, strict=True)]
    messports = [port for vessel in vessels for port in vessel.messports]
    connports = [port for vessel in vessels for port in vessel.connports]
    assert len(messports) == len(set(messports))
    assert len(connports) == len(set(connports))
    return sums, set(messports), set(connports)


def part_of(vessel: ResourceVector, share: float, offcut: ResourceVector, ports: int) -> ResourceVector:
    """A share of what a split could take, with every port whose bit is set in `ports`."""
    steps = tuple(max(0, int((have - cost) * share)) for have, cost in zip(vessel.steps, offcut.steps, strict=True))
    return ResourceVector(
        steps,
        frozenset(port for port in vessel.messports if ports >> port % 16 & 1),
        frozenset(port for port in vessel.connports if ports >> port % 13 & 1),
    )


Move = tuple[str, int, Any, int]  # what, which vessel, with what, with which ports
moves: st.SearchStrategy[list[Move]] = st.lists(
    st.one_of(
        st.tuples(st.just("split"), st.integers(0, 99), st.floats(0, 1), st.integers(0, 2**16 - 1)),
        st.tuples(st.just("join"), st.integers(0, 99), st.integers(0, 99), st.just(0)),
        st.tuples(st.just("wild split"), st.integers(0, 99), vectors, st.just(0)),
    ),
    max_size=60,
)


@given(
    start=vectors,
    offcut=st.one_of(st.just(OFFCUT), vectors.map(lambda v: ResourceVector(v.steps))),
    roomy=st.booleans(),
    sequence=moves,
)
def test_given_any_sequence_of_splits_and_joins_then_resources_are_conserved_to_the_step(
    start: ResourceVector, offcut: ResourceVector, roomy: bool, sequence: list[Move]
) -> None:
    if roomy:  # otherwise most starts are too small for even one split
        start = replace(start, steps=tuple(min(10**15, n + 10**13) for n in start.steps))
        offcut = OFFCUT
    vessels = [start]
    before = total(vessels, offcut)
    for kind, index, argument, ports in sequence:
        first = index % len(vessels)
        vessel = vessels[first]
        try:
            if kind == "join":
                second = argument % len(vessels)
                if first == second:
                    continue
                after = [join(vessel, vessels[second], offcut)]
            else:
                wanted = argument if kind == "wild split" else part_of(vessel, argument, offcut, ports)
                done = split(vessel, wanted, offcut)
                assert done.part == wanted
                after = [done.rest, done.part]
                assert join(done.rest, done.part, offcut) == vessel
        except ResourceMathError:
            continue  # refused: nothing may have changed
        gone = {first, second} if kind == "join" else {first}
        vessels = [v for at, v in enumerate(vessels) if at not in gone] + after
        assert total(vessels, offcut) == before
    while len(vessels) > 1:
        vessels.append(join(vessels.pop(), vessels.pop(), offcut))
    assert vessels == [start]


def test_given_ten_thousand_splits_by_uneven_floats_when_all_is_joined_then_not_a_step_has_appeared() -> None:
    whole = REPY_DEFAULT
    tiny = ResourceVector.of(cpu=0.000007, memory=3, diskused=7, netsend=0.1, random=0.003)
    free = ResourceVector.of(cpu=0, memory=0, diskused=0)
    parts = []
    rest = whole
    for _ in range(10_000):
        done = split(rest, tiny, free)
        rest = done.rest
        parts.append(done.part)
    for part in parts:
        rest = join(rest, part, free)
    assert rest == whole


def test_given_less_than_an_offcut_when_split_then_it_is_too_small_and_the_resource_is_named() -> None:
    small = replace(OFFCUT, steps=tuple(n - 1 if n == 2 else n for n in OFFCUT.steps))
    with pytest.raises(TooSmallToSplitError, match=r"too small to be split.* 2 threads of events: only 1") as caught:
        split(small, NOTHING)
    assert caught.value.resource is Resource.EVENTS
    assert not isinstance(caught.value, ProposalTooLargeError)


def test_given_exactly_an_offcut_when_nothing_is_split_off_then_two_empty_vessels_remain() -> None:
    done = split(OFFCUT, NOTHING)
    assert (done.rest, done.part) == (NOTHING, NOTHING)


def test_given_a_proposal_larger_than_what_the_offcut_leaves_then_it_is_too_large_and_the_resource_is_named() -> None:
    with pytest.raises(ProposalTooLargeError, match=r"proposed vessel is too large.*0\.02 cores") as caught:
        split(VESSEL, VESSEL)
    assert (caught.value.wanted, caught.value.available) == (0.02, 0.018)
    with pytest.raises(ProposalTooLargeError, match="messport 80"):
        split(VESSEL, replace(NOTHING, messports=frozenset({80})))


def test_given_a_vessel_with_ports_when_it_is_joined_with_itself_then_it_is_refused() -> None:
    with pytest.raises(OverlapError, match="joined"):
        join(VESSEL, VESSEL)


def test_given_a_proposal_that_names_only_the_musts_when_split_then_both_vessels_can_be_written_and_read() -> None:
    done = split(REPY_DEFAULT, ResourceVector.from_mapping({"cpu": 0.1, "memory": 5, "diskused": 5}))
    for vector in (done.rest, done.part):
        text = format_restrictions(Restrictions(vector))
        assert parse_restrictions(text).vector == vector
        assert "events 0\n" in text or "events 998\n" in text


percentages = st.lists(st.integers(1, 9), unique=True).map(
    lambda cuts: [10 * (end - begin) for begin, end in pairwise([0, *sorted(cuts), 10])]
)


@given(donated=vectors.map(lambda v: ResourceVector(tuple(n + 10**10 for n in v.steps))), percents=percentages)
def test_given_any_donation_when_it_is_divided_then_the_vessels_and_offcuts_are_all_of_it(
    donated: ResourceVector, percents: list[int]
) -> None:
    vessels = portion(donated, percents)
    numbers = [ResourceVector(vessel.steps) for vessel in vessels]
    whole = NOTHING
    for vessel in numbers:
        whole = whole + vessel + OFFCUT
    assert whole == donated
    divisible = donated
    for _ in percents:
        divisible -= OFFCUT
    for vessel, percent in zip(vessels, percents, strict=True):
        for mine, all_of_it in zip(vessel.steps, divisible.steps, strict=True):
            assert abs(mine - all_of_it * percent / 100) <= 1.01
        assert len(vessel.messports) == len(vessel.connports) == percent


def test_given_an_80_20_donation_then_ports_go_by_tens_in_the_order_of_the_vessels() -> None:
    first, second = portion(ResourceVector(REPY_DEFAULT.steps), [80, 20])
    assert first.messports == first.connports == set(range(63100, 63180))
    assert second.messports == second.connports == set(range(63180, 63200))


def test_given_two_nodes_on_one_machine_when_each_has_its_first_port_then_no_port_is_shared() -> None:
    donated = ResourceVector(REPY_DEFAULT.steps)
    (one,) = portion(donated, [100])
    (other,) = portion(donated, [100], first_port=63200)
    assert not one.messports & other.messports


@pytest.mark.parametrize(
    ("percents", "why"),
    [
        ([], "0 % together"),
        ([90], "90 % together"),
        ([60, 60], "120 % together"),
        ([95, 5], "can't have 95 %"),
        ([0, 100], "can't have 0 %"),
        ([-10, 110], "can't have -10 %"),
        ([110], "can't have 110 %"),
    ],
)
def test_given_percentages_that_do_not_add_up_then_the_donation_is_not_divided(percents: list[int], why: str) -> None:
    with pytest.raises(BadPortionError, match=why):
        portion(ResourceVector(REPY_DEFAULT.steps), percents)


@pytest.mark.parametrize("port", [0, -1, 65437, 70000])
def test_given_no_room_for_100_ports_then_the_donation_is_not_divided(port: int) -> None:
    with pytest.raises(BadPortionError, match="expected 1 to 65436"):
        portion(ResourceVector(REPY_DEFAULT.steps), [100], first_port=port)


def test_given_the_last_possible_first_port_then_the_last_port_is_65535() -> None:
    (vessel,) = portion(ResourceVector(REPY_DEFAULT.steps), [100], first_port=65436)
    assert max(vessel.connports) == 65535


def test_given_a_donation_that_has_ports_then_it_is_refused_instead_of_losing_them() -> None:
    with pytest.raises(BadPortionError, match="no ports of its own"):
        portion(REPY_DEFAULT, [100])


def test_given_a_donation_smaller_than_its_offcuts_then_it_is_too_small() -> None:
    with pytest.raises(TooSmallToSplitError):
        portion(OFFCUT + OFFCUT, [40, 30, 30])
