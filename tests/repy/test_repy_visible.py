"""What others wrote, shown: nothing of it may steer a terminal."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.visible import visible, visible_stream


@given(st.text())
def test_given_any_text_when_made_visible_then_no_control_and_no_change_of_direction_is_left(text: str) -> None:
    shown = visible(text)
    assert not [one for one in shown if unicodedata.category(one) == "Cc" and one not in "\t\n"]
    assert not [one for one in shown if unicodedata.bidirectional(one) in ("LRE", "RLE", "LRO", "RLO", "PDF")]
    assert not [one for one in shown if unicodedata.bidirectional(one) in ("LRI", "RLI", "FSI", "PDI")]


@given(st.text())
def test_given_a_stream_when_made_visible_then_it_differs_in_carriage_returns_alone(text: str) -> None:
    assert visible_stream(text).replace("\r", "\\r") == visible(text)


def test_given_characters_that_nobody_sees_when_made_visible_then_they_are_seen() -> None:
    unseen = "\xad\u180e\u200b\u2060\u2063\u206f\u3164\ufeff\uffa0\ufffb\U0001d173\U000e0001\U000e007f"
    assert visible(unseen) == visible_stream(unseen) == unseen.encode("unicode_escape").decode()


def test_given_two_names_that_look_the_same_when_made_visible_then_they_do_not() -> None:
    assert visible("ad\u200bmin\u2060\U000e0041") == "ad\\u200bmin\\u2060\\U000e0041"


def test_given_ordinary_text_when_made_visible_then_it_is_what_it_was() -> None:
    text = "na\u00efve \u20ac \U0001f469\u200d\U0001f680 \u05e9\u05dc\u05d5\u05dd\tx\n"
    assert visible(text) == visible_stream(text) == text


def test_given_escapes_when_made_visible_then_they_read_as_in_a_string_of_python() -> None:
    assert visible("\x1b[31m\x9b\x00\x7f\r\u202e") == "\\x1b[31m\\x9b\\x00\\x7f\\r\\u202e"
    assert visible_stream("10 %\r20 %\r\n\x07") == "10 %\r20 %\r\n\\x07"
