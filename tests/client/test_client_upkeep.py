"""What there is to do so that a number of vessels run a program."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from seattle.client.places import Place
from seattle.client.upkeep import Pace, Steps, Upkeep
from seattle.client.vessel import Vessel
from seattle.fabric.node_api import VesselState

A, B, C = (Place("U" + letter * 55, "v1") for letter in "ABC")
PACE = Pace(period=10, pauses=(1, 5), restarts=2, healthy=60, away=100)
DAY = 86_400.0  # seconds


def running(*places: Place) -> dict[Place, Vessel]:
    return {place: Vessel(place=place, state=VesselState.STARTED) for place in places}


def ended(*places: Place) -> dict[Place, Vessel]:
    return {place: Vessel(place=place, state=VesselState.TERMINATED) for place in places}


def plan(upkeep: Upkeep, own: list[Place], seen: dict[Place, Vessel], *, now: float, left: float = DAY) -> Steps:
    return upkeep.plan(own, leases=dict.fromkeys(own, left), seen=seen, now=now)


def test_given_nothing_when_planned_then_all_are_to_be_acquired() -> None:
    assert plan(Upkeep(2, PACE), [], {}, now=0).acquire == 2


def test_given_all_run_when_planned_then_there_is_nothing_to_do() -> None:
    steps = plan(Upkeep(2, PACE), [A, B], running(A, B), now=0)
    assert steps == Steps(lost=[], renew=[], start=[], release=[], acquire=0, wait=10)


def test_given_a_vessel_that_is_no_longer_ours_when_planned_then_it_is_forgotten_and_replaced_after_a_pause() -> None:
    upkeep = Upkeep(1, PACE)
    steps = upkeep.plan([A], leases={}, seen=running(A), now=0)
    assert (steps.lost, steps.release, steps.acquire, steps.wait) == ([A], [], 0, 1)
    assert plan(upkeep, [], {}, now=1).acquire == 1


def test_given_a_program_that_ends_and_ends_when_planned_then_it_is_started_with_pauses_and_then_replaced() -> None:
    upkeep = Upkeep(1, PACE)
    assert plan(upkeep, [A], ended(A), now=0).start == [A]
    upkeep.started(A, 0)
    assert plan(upkeep, [A], ended(A), now=0.5).start == []
    assert plan(upkeep, [A], ended(A), now=1).start == [A]
    upkeep.started(A, 1)
    steps = plan(upkeep, [A], ended(A), now=2)
    assert (steps.start, steps.release) == ([], [(A, "its program ended 2 times in a row")])


def test_given_a_program_that_ran_for_long_when_it_ends_then_earlier_starts_do_not_count() -> None:
    upkeep = Upkeep(1, PACE)
    upkeep.started(A, 0)
    plan(upkeep, [A], running(A), now=1)
    plan(upkeep, [A], running(A), now=61)
    assert plan(upkeep, [A], ended(A), now=62).start == [A]
    upkeep.started(A, 62)
    assert plan(upkeep, [A], ended(A), now=63).release == []


def test_given_a_node_that_does_not_answer_when_it_is_away_for_long_then_its_vessel_is_replaced() -> None:
    upkeep = Upkeep(1, PACE)
    assert plan(upkeep, [A], {}, now=0).release == []
    assert plan(upkeep, [A], {}, now=99).release == []
    assert plan(upkeep, [A], {}, now=100).release == [(A, "its node does not answer")]


def test_given_a_node_that_comes_back_in_time_when_it_is_away_again_then_that_counts_anew() -> None:
    upkeep = Upkeep(1, PACE)
    plan(upkeep, [A], {}, now=0)
    plan(upkeep, [A], running(A), now=50)
    assert plan(upkeep, [A], {}, now=120).release == []


def test_given_more_vessels_than_wanted_when_planned_then_the_last_are_given_back() -> None:
    assert plan(Upkeep(1, PACE), [A, B], running(A, B), now=0).release == [(B, "it is one more than wanted")]


def test_given_a_lease_when_half_of_it_is_over_then_it_is_renewed() -> None:
    upkeep = Upkeep(1, PACE)
    assert plan(upkeep, [A], running(A), now=0, left=DAY).renew == []
    assert plan(upkeep, [A], running(A), now=0, left=DAY / 2 - 1).renew == [A]
    assert plan(Upkeep(1, PACE), [A], running(A), now=0, left=39).renew == [A], "it would end before the fourth look"


def test_given_vessels_that_are_not_to_be_had_when_planned_again_then_pauses_grow_and_end_when_all_is_well() -> None:
    upkeep = Upkeep(1, PACE)
    upkeep.not_acquired(0)
    assert [plan(upkeep, [], {}, now=now).acquire for now in (0, 0.9, 1)] == [0, 0, 1]
    upkeep.not_acquired(1)
    assert [plan(upkeep, [], {}, now=now).acquire for now in (5.9, 6)] == [0, 1]
    plan(upkeep, [A], running(A), now=10)
    plan(upkeep, [A], running(A), now=70)
    upkeep.not_acquired(70)
    assert plan(upkeep, [], {}, now=71).acquire == 1


@given(
    seen=st.lists(st.tuples(st.sampled_from([A, B, C]), st.sampled_from(list(VesselState))), max_size=12),
    own=st.sets(st.sampled_from([A, B, C])),
    held=st.sets(st.sampled_from([A, B, C])),
    count=st.integers(0, 3),
    now=st.floats(0, 1e6),
)
def test_given_anything_when_planned_then_only_own_vessels_are_touched_and_it_never_spins(
    seen: list[tuple[Place, VesselState]], own: set[Place], held: set[Place], count: int, now: float
) -> None:
    facts = {place: replace(Vessel(place=place), state=state) for place, state in seen}
    steps = Upkeep(count, PACE).plan(sorted(own), leases=dict.fromkeys(held, DAY), seen=facts, now=now)
    touched = {*steps.lost, *steps.renew, *steps.start, *(place for place, _ in steps.release)}
    assert touched <= own
    assert steps.wait >= 1
    assert len(own & held) - len(steps.release) + steps.acquire <= count
