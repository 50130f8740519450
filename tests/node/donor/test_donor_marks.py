"""Two marks: whatever happens between them changes nothing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.node.donor.marks import Latch, Marks

NUMBERS = st.floats(-1e6, 1e6)
MARKS = st.tuples(NUMBERS, NUMBERS).filter(lambda two: two[0] != two[1]).map(lambda two: Marks(*two))


def between(marks: Marks) -> st.SearchStrategy[float]:
    low, high = sorted((marks.stop_at, marks.resume_at))
    return st.floats(low, high, exclude_min=True, exclude_max=True)


@given(data=st.data(), marks=MARKS, held=st.booleans())
def test_given_any_readings_between_the_marks_then_nothing_changes(
    data: st.DataObject, marks: Marks, held: bool
) -> None:
    latch = Latch(marks)
    latch.update(marks.stop_at if held else marks.resume_at)
    low, high = sorted((marks.stop_at, marks.resume_at))
    if math.nextafter(low, math.inf) >= high:
        return  # there is nothing between them
    for reading in data.draw(st.lists(between(marks), max_size=30)):
        assert latch.update(reading) is held


@given(marks=MARKS, readings=st.lists(st.one_of(NUMBERS, st.none(), st.just(math.nan)), max_size=40))
def test_given_any_readings_at_all_then_a_change_needs_the_mark_on_its_side(
    marks: Marks, readings: list[float | None]
) -> None:
    latch, held = Latch(marks), False
    for reading in readings:
        now = latch.update(reading)
        if now and not held:
            assert reading is None or math.isnan(reading) or marks.bad(reading)
        if held and not now:
            assert reading is not None
            assert marks.good(reading)
        held = now


@given(marks=MARKS, reading=NUMBERS)
def test_given_any_reading_then_it_is_not_good_and_bad_at_once(marks: Marks, reading: float) -> None:
    assert not (marks.good(reading) and marks.bad(reading))


@pytest.mark.parametrize("marks", [(1.0, 1.0), (math.nan, 1.0), (1.0, math.inf)])
def test_given_marks_that_leave_no_room_then_they_are_refused(marks: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="two different numbers"):
        Marks(*marks)


def test_given_a_reading_that_is_unknown_then_it_holds_back_until_a_good_one_comes() -> None:
    latch = Latch(Marks(stop_at=85, resume_at=70))
    assert [latch.update(reading) for reading in (60, None, 80, 70)] == [False, True, True, False]
