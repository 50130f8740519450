"""Traffic by hour, day and month, with clocks that jump."""
# ruff: noqa: DTZ001 - the wall clock of a computer has no time zone

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.node.donor import policy
from seattle.node.donor.traffic import MEGABYTE, Traffic

NOON = datetime(2026, 11, 30, 12, 30)
CAPS = policy.Traffic(hour_megabytes=1.0, day_megabytes=5.0, month_megabytes=20.0)


def used(traffic: Traffic) -> dict[str, int]:
    return {name: count.used for name, count in traffic.counts.items()}


def test_given_a_run_when_its_total_grows_then_only_what_is_new_counts() -> None:
    traffic = Traffic()
    for total in (100, 250, 250):
        traffic.note("v1/1", total, NOON)
    traffic.note("v2/1", 50, NOON)
    assert used(traffic) == {"hour": 300, "day": 300, "month": 300}


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (timedelta(minutes=29), {"hour": 7, "day": 7, "month": 7}),
        (timedelta(minutes=30), {"hour": 0, "day": 7, "month": 7}),
        (timedelta(hours=12), {"hour": 0, "day": 0, "month": 0}),  # December
        (timedelta(days=-1), {"hour": 7, "day": 7, "month": 7}),
    ],
)
def test_given_time_that_passes_then_each_period_begins_anew_at_its_own_end(
    later: timedelta, left: dict[str, int]
) -> None:
    traffic = Traffic()
    traffic.note("v1/1", 7, NOON)
    traffic.roll(NOON + later)
    assert used(traffic) == left


@given(moments=st.lists(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)), min_size=1, max_size=30))
def test_given_a_clock_that_is_only_set_back_then_nothing_is_given_back(moments: list[datetime]) -> None:
    traffic = Traffic()
    for number, moment in enumerate(sorted(moments, reverse=True), start=1):
        traffic.note("v1/1", 10 * number, moment)
    assert set(used(traffic).values()) == {10 * len(moments)}


def test_given_a_clock_that_was_years_ahead_when_it_is_right_again_then_the_next_period_is_a_new_one() -> None:
    traffic = Traffic()
    traffic.note("v1/1", 9, datetime(2036, 1, 1))
    traffic.roll(NOON)
    traffic.roll(NOON + timedelta(days=1))
    assert used(traffic) == {"hour": 0, "day": 0, "month": 0}


def test_given_a_total_that_shrinks_then_nothing_is_given_back() -> None:
    traffic = Traffic()
    for total in (100, 0, 100, 101):
        traffic.note("v1/1", total, NOON)
    assert used(traffic)["day"] == 101


def test_given_a_daemon_that_restarts_then_a_run_is_not_counted_twice() -> None:
    traffic = Traffic()
    traffic.note("v1/1", 100, NOON)
    again = msgspec.json.decode(msgspec.json.encode(traffic), type=Traffic)
    again.note("v1/1", 130, NOON)
    again.forget("v1/1")
    assert used(again)["month"] == 130
    assert again.counted == {}


def test_given_caps_then_the_nearest_is_told() -> None:
    traffic = Traffic()
    traffic.note("v1/1", MEGABYTE // 2, NOON)
    assert traffic.left(CAPS) == MEGABYTE // 2
    assert traffic.read(CAPS).words == "0.5 of 1 megabytes of this hour are used"
    assert traffic.left(policy.Traffic()) is None
    assert traffic.read(policy.Traffic(day_megabytes=0.0)).value == 100
