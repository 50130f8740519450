"""What a donor has commanded, when clocks jump; and how reasons become acts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.node.donor.holding import Act, Held, Reason, decide
from seattle.node.donor.orders import Drain, Orders, Pause

SNOOZE = Orders(pause=Pause(since=1000.0, until=1600.0))


def test_given_a_snooze_when_its_time_is_over_then_it_is_gone() -> None:
    assert SNOOZE.at(1599.9).pause is not None
    assert SNOOZE.at(1600.0).pause is None


def test_given_a_pause_without_end_then_it_stays() -> None:
    assert Orders(pause=Pause(since=1000.0)).at(1e12).pause is not None


@given(jumps=st.lists(st.floats(0, 1e6), min_size=1, max_size=20))
def test_given_a_clock_that_is_set_back_then_no_snooze_gets_longer_than_it_was_ordered(jumps: list[float]) -> None:
    orders = SNOOZE
    for now in sorted(jumps, reverse=True):
        orders = orders.at(now)
        if orders.pause is not None:
            assert orders.pause.until is not None
            assert orders.pause.until - now <= 600.0 + 1e-6


def test_given_a_clock_that_is_set_back_then_a_drain_keeps_its_distance() -> None:
    drained = Orders(drain=Drain(since=1000.0, at=1300.0)).at(100.0)
    assert drained.drain == Drain(since=100.0, at=400.0)


def test_given_a_reason_that_holds_for_its_grace_then_programs_stand_still_first_and_are_stopped_then() -> None:
    held, reason = Held(), Reason("power", "on battery", grace=60.0)
    acts = [decide([reason], held.update([reason], now)).act for now in (0.0, 59.0, 60.0)]
    assert acts == [Act.FREEZE, Act.FREEZE, Act.STOP]


def test_given_a_reason_that_ends_and_comes_back_then_its_grace_begins_anew() -> None:
    held, reason = Held(), Reason("power", "on battery", grace=60.0)
    for now, reasons in ((0.0, [reason]), (50.0, []), (55.0, [reason])):
        held.update(reasons, now)
    assert decide([reason], held.update([reason], 100.0)).act is Act.FREEZE


def test_given_a_reason_without_grace_then_programs_are_stopped_at_once() -> None:
    reason = Reason("memory", "memory is short")
    assert decide([reason], Held().update([reason], 5.0)).act is Act.STOP


def test_given_several_reasons_then_all_are_told_and_the_hardest_counts() -> None:
    reasons = [Reason("drained", "a", act=Act.START_NOTHING), Reason("power", "b", grace=9.0)]
    decision = decide(reasons, Held().update(reasons, 0.0))
    assert (decision.why, decision.act) == ("a; b", Act.FREEZE)


def test_given_nothing_that_holds_then_programs_go_on() -> None:
    assert (decide([], {}).why, decide([], {}).act) == ("", Act.GO)


@pytest.mark.parametrize("act", [Act.START_NOTHING, Act.STOP])
def test_given_an_act_of_its_own_then_grace_does_not_matter(act: Act) -> None:
    assert decide([Reason("drained", "x", act=act)], {"drained": 1e9}).act is act
