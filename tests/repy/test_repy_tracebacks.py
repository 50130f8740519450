"""Tracebacks: the program's own lines, the whole chain, and never too much."""

import sys
import traceback
from types import FrameType

from seattle.repy.guest.tracebacks import format_exception

SOURCE = "def fail():\n    raise ValueError('first')\nfail()\n"


def is_program(frame: FrameType) -> bool:
    return frame.f_code.co_filename == "program.py"


def report(source: str) -> str:
    try:
        exec(compile(source, "program.py", "exec"), {"sandbox": sandbox})
    except Exception as error:  # noqa: BLE001 - the report is on any
        return format_exception(error, {"program.py": source.splitlines()}, is_program)
    raise AssertionError("the source was meant to fail")


def sandbox(function: object = None) -> None:
    """A frame of ours between two of the program's."""
    if callable(function):
        function()
    raise ValueError("from the sandbox")


def test_given_an_exception_when_reported_then_the_lines_are_those_of_the_program() -> None:
    assert report(SOURCE) == (
        "Traceback (most recent call last):\n"
        '  File "program.py", line 3, in <module>\n    fail()\n'
        "  File \"program.py\", line 2, in fail\n    raise ValueError('first')\n"
        "ValueError: first\n"
    )


def test_given_frames_of_the_sandbox_when_reported_then_they_are_left_out() -> None:
    text = report("def inner():\n    raise KeyError(1)\nsandbox(inner)\n")
    assert "sandbox(inner)" in text
    assert "raise KeyError" in text
    assert "test_repy_tracebacks" not in text
    assert "def sandbox" not in text


def test_given_causes_when_reported_then_the_chain_is_told_from_its_beginning() -> None:
    text = report("try:\n    {}['a']\nexcept KeyError as why:\n    raise ValueError('second') from why\n")
    assert text.index("KeyError: 'a'") < text.index("direct cause") < text.index("ValueError: second")
    text = report("try:\n    {}['a']\nexcept KeyError:\n    raise ValueError('second')\n")
    assert text.index("KeyError: 'a'") < text.index("While that was handled") < text.index("ValueError: second")
    text = report("try:\n    {}['a']\nexcept KeyError:\n    raise ValueError('second') from None\n")
    assert "KeyError" not in text


def test_given_a_chain_that_bites_its_tail_when_reported_then_it_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert format_exception(one, {}, is_program).count("ValueError") == 2


def test_given_deep_recursion_when_reported_then_the_middle_is_left_out() -> None:
    text = report("def again():\n    again()\nagain()\n")
    assert len(text.splitlines()) < 100
    assert " more ..." in text
    assert text.rstrip().splitlines()[-1].startswith("RecursionError")


def test_given_a_huge_message_when_reported_then_it_is_cut() -> None:
    text = report("raise ValueError('x' * 1_000_000)\n")
    assert len(text) < 61_000
    assert text.startswith("Traceback")


def test_given_a_str_method_that_fails_when_reported_then_the_kind_is_still_told() -> None:
    source = "class Sulky(Exception):\n    def __str__(self):\n        raise KeyError\nraise Sulky\n"
    assert report(source).endswith("Sulky: <its text could not be made: KeyError>\n")


def test_given_an_exception_without_text_when_reported_then_only_its_kind_is_told() -> None:
    assert report("raise ValueError\n").endswith("\nValueError\n")


def test_given_an_exception_when_reported_then_it_reads_as_pythons_own_report_does() -> None:
    try:
        exec(compile(SOURCE, "program.py", "exec"), {})
    except ValueError as error:
        ours = format_exception(error, {"program.py": SOURCE.splitlines()}, is_program)
        pythons = traceback.format_exception(error)
    assert ours.splitlines()[-1] == pythons[-1].strip()
    assert sys.exception() is None


def test_given_an_exception_that_led_to_the_same_again_when_reported_then_it_is_told_once() -> None:
    last, first = MemoryError(), MemoryError()
    last.__context__, first.__context__ = first, ValueError("the beginning")
    assert format_exception(last, {}, is_program) == (
        "ValueError: the beginning\n\nWhile that was handled, this happened:\n\nMemoryError\n"
    )
