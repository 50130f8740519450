"""Which vessel takes which input next."""

from hypothesis import given
from hypothesis import strategies as st

from seattle.client.schedule import Schedule


def schedule(count: int, *vessels: str, tries: int = 3, again_after: float | None = None) -> Schedule[str]:
    made: Schedule[str] = Schedule(count, tries=tries, again_after=again_after)
    for vessel in vessels:
        made.join(vessel)
    return made


def test_given_inputs_when_vessels_take_them_then_each_comes_once_in_order() -> None:
    one = schedule(3, "a", "b")
    assert [one.take("a", 0), one.take("b", 0), one.take("a", 0), one.take("b", 0)] == [0, 1, 2, None]


def test_given_an_input_that_failed_when_vessels_take_the_next_then_another_one_gets_it_first() -> None:
    one = schedule(3, "a", "b")
    assert one.take("a", 0) == 0
    assert not one.failed(0, "a")
    assert one.take("a", 1) == 1
    assert one.take("b", 1) == 0
    assert one.tries(0) == 2


def test_given_an_input_that_failed_everywhere_when_a_vessel_is_free_then_it_is_tried_there_again() -> None:
    one = schedule(1, "a", "b")
    for vessel in ("a", "b"):
        assert one.take(vessel, 0) == 0
        one.failed(0, vessel)
    assert one.take("a", 0) == 0


def test_given_an_input_that_failed_as_often_as_allowed_then_it_is_given_up() -> None:
    one = schedule(1, "a", tries=2)
    assert [one.take("a", 0), one.failed(0, "a"), one.take("a", 0), one.failed(0, "a")] == [0, False, 0, True]
    assert one.over


def test_given_the_only_other_vessel_has_left_when_an_input_failed_then_it_is_tried_where_it_failed() -> None:
    one = schedule(1, "a", "b")
    one.take("a", 0)
    one.failed(0, "a")
    assert one.take("a", 0) is None
    one.leave("b")
    assert one.take("a", 0) == 0


def test_given_a_straggler_when_a_vessel_is_idle_long_enough_then_it_is_tried_there_and_the_first_counts() -> None:
    one = schedule(1, "a", "b", "c", again_after=10)
    assert one.take("a", 0) == 0
    assert one.take("b", 9) is None
    assert one.seconds_until_again("b", 9) == 1
    assert one.take("b", 10) == 0
    assert one.take("c", 99) is None, "twice is enough"
    assert [one.answered(0), one.answered(0)] == [True, False]
    assert one.over


def test_given_two_who_try_when_one_fails_then_the_other_may_still_answer() -> None:
    one = schedule(1, "a", "b", tries=2, again_after=0)
    one.take("a", 0)
    one.take("b", 0)
    assert not one.failed(0, "a")
    assert one.undecided == [0]
    assert one.failed(0, "b")


@given(
    count=st.integers(0, 8),
    steps=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["answer", "fail", "leave"])), max_size=60),
    tries=st.integers(1, 3),
)
def test_given_any_course_of_things_then_no_input_is_decided_twice_or_tried_too_often(
    count: int, steps: list[tuple[str, str]], tries: int
) -> None:
    one = schedule(count, *"abc", tries=tries, again_after=2)
    decided: list[int] = []
    for now, (vessel, what) in enumerate(steps):
        number = one.take(vessel, now)
        if number is None:
            assert not one.undecided or what in ("answer", "fail", "leave")
        elif what == "answer":
            decided += [number] * one.answered(number)
        else:
            decided += [number] * one.failed(number, vessel)
        if what == "leave":
            one.leave(vessel)
    assert len(decided) == len(set(decided))
    assert sorted([*decided, *one.undecided]) == list(range(count))
    assert all(one.tries(number) <= tries for number in range(count))
