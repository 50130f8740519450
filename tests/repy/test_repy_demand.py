"""How many spares a nursery keeps."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.demand import CALM, RUSH, Demand

PATIENCE = 30.0  # seconds


def test_given_a_new_nursery_when_nobody_came_then_one_spare_is_wanted() -> None:
    demand = Demand(most=4)
    assert demand.wanted(0.0) == 1
    assert demand.calm_at == math.inf


def test_given_launchers_that_take_their_time_when_each_takes_a_spare_then_one_stays_enough() -> None:
    demand = Demand(most=4)
    for number in range(10):
        demand.note_taken(number * 2 * RUSH)
        assert demand.wanted(number * 2 * RUSH) == 1


def test_given_a_rush_when_launcher_follows_launcher_then_more_spares_are_wanted_up_to_a_bound() -> None:
    demand = Demand(most=3)
    wanted = []
    for number in range(5):
        demand.note_taken(number * RUSH / 2)
        wanted.append(demand.wanted(number * RUSH / 2))
    assert wanted == [1, 2, 3, 3, 3]


def test_given_a_rush_when_it_is_over_then_one_spare_is_enough_again() -> None:
    demand = Demand(most=4)
    demand.note_taken(0.0)
    demand.note_taken(0.0)
    assert demand.wanted(CALM - 0.01) == 2
    assert demand.calm_at == CALM
    assert demand.wanted(demand.calm_at) == 1


@given(pauses=st.lists(st.floats(0, 10)), most=st.integers(1, 8))
def test_whenever_launchers_come_at_least_one_spare_and_at_most_the_bound_are_wanted(
    pauses: list[float], most: int
) -> None:
    demand, now = Demand(most=most), 0.0
    for pause in pauses:
        now += pause
        assert 1 <= demand.wanted(now) <= most
        demand.note_taken(now)


def test_given_many_launchers_at_once_when_all_have_a_vessel_then_one_spare_is_kept_in_the_end(
    start: Callable[..., Any], new_nursery: Callable[[], Any]
) -> None:
    nursery = new_nursery()
    runs = [start(f"print({number})", using=nursery) for number in range(12)]
    assert [run.wait().output for run in runs] == [f"{number}\n" for number in range(12)]
    deadline = time.monotonic() + PATIENCE
    while len(family := family_of(nursery.process.pid)) != 2:  # a spare, and its guest
        assert time.monotonic() < deadline, f"there are {len(family)} processes"
        time.sleep(0.05)  # the end of somebody else's child comes without an event


def family_of(pid: int) -> set[int]:
    try:
        children = {int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except OSError:
        return set()
    return children.union(*map(family_of, children))
