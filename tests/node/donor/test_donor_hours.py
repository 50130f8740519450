"""The hours of the week, by the wall clock."""
# ruff: noqa: DTZ001 - the wall clock of a computer has no time zone

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.node.donor.conditions.hours import covering, ends_within, next_begin
from seattle.node.donor.policy import DAYS, Hours

NIGHTS = Hours(begin="22:00", end="07:00", days=["fri"], cpu_percent=40.0)
DAYTIME = Hours(begin="09:00", end="17:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-11-27 21:59:59", False),  # a Friday
        ("2026-11-27 22:00", True),
        ("2026-11-28 06:59:59", True),  # the night goes on
        ("2026-11-28 07:00", False),
        ("2026-11-28 23:00", False),  # begins on Fridays alone
        ("2026-11-27 06:00", False),
    ],
)
def test_given_a_night_then_it_goes_on_past_midnight_and_no_further(moment: str, inside: bool) -> None:
    assert (covering([NIGHTS], at(moment)) is NIGHTS) is inside


def test_given_two_profiles_then_the_first_that_covers_counts() -> None:
    assert covering([NIGHTS, DAYTIME], at("2026-11-27 23:00")) is NIGHTS
    assert covering([NIGHTS, DAYTIME], at("2026-11-27 12:00")) is DAYTIME


def test_given_hours_to_midnight_or_around_the_clock_then_no_minute_is_missing() -> None:
    whole = [Hours(begin="00:00", end="24:00")]
    half = [Hours(begin="12:00", end="00:00"), Hours(begin="00:00", end="12:00")]
    same = [Hours(begin="08:00", end="08:00")]
    for hour in range(48):
        moment = at("2026-11-27 00:00") + timedelta(minutes=30 * hour)
        assert covering(whole, moment)
        assert covering(half, moment)
        assert covering(same, moment)


def test_given_hours_that_end_soon_then_it_is_told_when() -> None:
    assert ends_within([DAYTIME], at("2026-11-27 16:51:20"), 10) == at("2026-11-27 17:00")
    assert ends_within([DAYTIME], at("2026-11-27 16:40"), 10) is None
    following = Hours(begin="17:00", end="18:00")
    assert ends_within([DAYTIME, following], at("2026-11-27 16:55"), 10) is None


def test_given_a_moment_outside_then_the_next_begin_is_told() -> None:
    assert next_begin([NIGHTS], at("2026-11-28 08:00")) == at("2026-12-04 22:00")
    assert next_begin([NIGHTS, DAYTIME], at("2026-11-28 08:00")) == at("2026-11-28 09:00")
    assert next_begin([], at("2026-11-28 08:00")) is None


TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
HOURS = st.lists(
    st.builds(Hours, begin=TIMES, end=TIMES, days=st.lists(st.sampled_from(DAYS), min_size=1, max_size=7)), max_size=4
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31))


@given(hours=HOURS, moment=MOMENTS)
def test_given_any_hours_then_at_the_next_begin_programs_may_run_and_a_told_end_is_one(
    hours: list[Hours], moment: datetime
) -> None:
    begin = next_begin(hours, moment)
    assert (begin is None) == (not hours)
    if begin is not None:
        assert begin > moment
        assert covering(hours, begin) is not None
    if covering(hours, moment) is not None and (end := ends_within(hours, moment, 30)) is not None:
        assert covering(hours, end) is None
        assert covering(hours, end - timedelta(minutes=1)) is not None
