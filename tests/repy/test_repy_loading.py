"""What is loaded once, and copies of plain data: without a program around them."""

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.guest.copies import deep_copy
from seattle.repy.guest.loading import Loading

PATIENCE = 30.0  # seconds; a deadlock ends its test

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(), inner, max_size=3)
        | st.tuples(inner, inner)
        | st.frozensets(st.integers(), max_size=3)
        | st.sets(st.integers(), max_size=3)
        | st.binary().map(bytearray)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_given_plain_data_when_copied_then_it_is_equal_and_shares_nothing_that_can_change(value: Any) -> None:
    copied = deep_copy(value)
    assert copied == value
    assert type(copied) is type(value)
    assert not ids_of_changeable(copied) & ids_of_changeable(value)


def ids_of_changeable(value: Any) -> set[int]:
    found = {id(value)} if isinstance(value, list | dict | set | bytearray) else set()
    items = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list | tuple) else []
    return found.union(*map(ids_of_changeable, items))


def test_given_a_list_that_holds_itself_when_copied_then_so_does_the_copy() -> None:
    value: list[Any] = [1]
    value.append(value)
    copied = deep_copy(value)
    assert copied[1] is copied
    assert copied is not value


def test_given_objects_of_other_classes_when_copied_then_they_are_the_same() -> None:
    class Mine(list[Any]):
        pass

    mine = Mine()
    assert deep_copy([mine, len])[0] is mine


def test_given_a_key_when_loaded_twice_then_it_is_filled_once() -> None:
    loading: Loading[list[int]] = Loading()
    one = loading.get("a", list, lambda made: made.append(1))
    assert loading.get("a", list, lambda made: made.append(2)) is one
    assert one == [1]


def test_given_filling_that_fails_when_wanted_again_then_it_is_tried_again() -> None:
    loading: Loading[list[int]] = Loading()

    def fail(_made: list[int]) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        loading.get("a", list, fail)
    assert loading.get("a", list, lambda made: made.append(1)) == [1]


def test_given_another_thread_that_fills_when_wanted_then_it_is_waited_for_also_when_that_fails() -> None:
    loading: Loading[list[int]] = Loading()
    begun, go_on = threading.Event(), threading.Event()
    found: list[list[int]] = []

    def fail(_made: list[int]) -> None:
        begun.set()
        go_on.wait(PATIENCE)
        raise ValueError("no")

    def first() -> None:
        with pytest.raises(ValueError, match="no"):
            loading.get("a", list, fail)

    def second() -> None:
        found.append(loading.get("a", list, lambda made: made.append(2)))

    threads = [threading.Thread(target=first, daemon=True)]
    threads[0].start()
    assert begun.wait(PATIENCE)
    threads.append(threading.Thread(target=second, daemon=True))
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert found == [[2]]


def test_given_threads_that_want_what_the_other_fills_when_they_meet_then_both_go_on() -> None:
    loading: Loading[dict[str, Any]] = Loading()
    both = threading.Barrier(2)

    def load(key: str, other: str) -> None:
        def fill(made: dict[str, Any]) -> None:
            both.wait(PATIENCE)
            made["other"] = loading.get(other, dict, lambda _made: None)

        loading.get(key, dict, fill)

    threads = [threading.Thread(target=load, args=pair, daemon=True) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    one = loading.get("a", dict, lambda _made: None)
    assert one["other"]["other"] is one
