"""Tracebacks: the program's own lines, the whole chain, and never too much."""

import json
import re
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from seattle.repy.guest.tracebacks import describe, format_exception

Repy = Callable[..., Any]  # see conftest.py

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


def test_given_a_group_when_reported_then_so_is_each_of_its_exceptions_with_its_lines() -> None:
    source = """
def fail(key):
    return {}[key]
errors = [ValueError('plain')]
try:
    fail('one')
except KeyError as why:
    errors.append(ExceptionGroup('inner', [why]))
raise ExceptionGroup('outer', errors)
"""
    assert report(source) == (
        "Traceback (most recent call last):\n"
        "  File \"program.py\", line 9, in <module>\n    raise ExceptionGroup('outer', errors)\n"
        "ExceptionGroup: outer (2 sub-exceptions)\n"
        "  +---------------- 1 ----------------\n"
        "  | ValueError: plain\n"
        "  +---------------- 2 ----------------\n"
        "  | ExceptionGroup: inner (1 sub-exception)\n"
        "  |   +---------------- 1 ----------------\n"
        "  |   | Traceback (most recent call last):\n"
        "  |   |   File \"program.py\", line 6, in <module>\n  |   |     fail('one')\n"
        '  |   |   File "program.py", line 3, in fail\n  |   |     return {}[key]\n'
        "  |   | KeyError: 'one'\n"
        "  |   +------------------------------------\n"
        "  +------------------------------------\n"
    )


def test_given_very_wide_and_very_deep_groups_when_reported_then_the_report_ends() -> None:
    wide = ExceptionGroup("wide", [ValueError(str(number)) for number in range(10_000)])
    text = format_exception(wide, {}, is_program)
    assert text.count("ValueError") == 15
    assert "and 9985 more" in text
    deep: Exception = ValueError("the bottom")
    for _ in range(500):
        deep = ExceptionGroup("deep", [deep])
    assert "groups in groups" in format_exception(deep, {}, is_program)


def test_given_a_group_that_hides_its_exceptions_when_reported_then_they_are_told_all_the_same() -> None:
    class Sly(ExceptionGroup[Exception]):
        exceptions = None  # type: ignore[assignment]  # what a program may well write

    assert "| ValueError: hidden" in format_exception(Sly("sly", [ValueError("hidden")]), {}, is_program)


def test_given_notes_when_reported_then_they_follow_the_text_and_what_is_no_text_is_left_out() -> None:
    error = ValueError("text")
    error.add_note("one\ntwo")
    error.__notes__.append(3)  # type: ignore[arg-type]  # what a program behind the kernel wall alone may do
    error.add_note("three")
    assert format_exception(error, {}, is_program) == "ValueError: text\none\ntwo\nthree\n"
    error.__notes__ = 5  # type: ignore[assignment]  # as above
    assert format_exception(error, {}, is_program) == "ValueError: text\n"


def test_given_a_long_chain_when_reported_then_its_beginning_and_its_end_are_told() -> None:
    error = ValueError("level 0")
    for level in range(1, 3000):
        following = ValueError(f"level {level}")
        following.__cause__ = error
        error = following
    text = format_exception(error, {}, is_program)
    assert text.endswith("ValueError: level 2999\n")
    assert len(re.findall("ValueError", text)) == 8
    assert "992 more exceptions" in text


@pytest.mark.parametrize("body", ["raise SystemExit(0)", "raise KeyboardInterrupt", "return 5", "return str(self)"])
def test_given_a_str_method_that_does_what_it_wants_when_reported_then_there_is_a_report(body: str) -> None:
    source = f"class Sulky(Exception):\n    def __str__(self):\n        {body}\nraise Sulky\n"
    assert "Sulky: <its text could not be made: " in report(source)


def test_given_a_text_of_the_programs_own_class_when_reported_then_none_of_its_methods_is_called() -> None:
    class Text(str):  # noqa: SLOT000 - a program writes it so
        def __format__(self, _spec: str) -> str:
            raise AssertionError

        __len__ = __bool__ = __getitem__ = splitlines = __format__  # type: ignore[assignment]  # on purpose

    class Sulky(Exception):  # noqa: N818 - it is the program's
        def __str__(self) -> str:
            return Text("plain")

    assert format_exception(Sulky(), {}, is_program) == "Sulky: plain\n"
    assert type(describe(Text("x"))) is str


def test_given_very_long_lines_and_names_when_reported_then_they_are_cut() -> None:
    name = "n" * 100_000
    text = report(f"def {name}():\n    x = '{name}'; raise ValueError\n{name}()\n")
    assert len(text) < 3000
    assert "ValueError" in text


def test_given_exceptions_of_the_library_when_reported_then_their_module_is_named() -> None:
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads("{")
    assert format_exception(raised.value, {}, is_program).startswith("json.decoder.JSONDecodeError: Expecting")


TROUBLE = {  # name: program, what its report ends with
    "library": ("import json\njson.loads('{')\n", "json.decoder.JSONDecodeError: Expecting property name enclosed in "),
    "library callback": ("import functools\nfunctools.reduce(lambda a, b: a.x, [1, 2])\n", "AttributeError: 'int' "),
    "pattern": ("import re\nre.compile('(')\n", "rror: missing ), unterminated subpattern at position 0"),
    "thread": ("createthread(lambda: 1 / 0)\nsleep(100)\n", "ZeroDivisionError: division by zero"),
    "recursion": ("def again():\n    again()\nagain()\n", "RecursionError: maximum recursion depth exceeded"),
    "syntax error": ("raise SyntaxError('bad', ('/x/secret', 1, 2, 't'))\n", "SyntaxError: bad (secret, line 1)"),
    "interrupt": ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
    "generator exit": ("raise GeneratorExit('out')\n", "GeneratorExit: out"),
    "surrogate": ("raise ValueError('\\ud800!')\n", "ValueError: \\ud800!"),
    "escapes": ("raise ValueError('\\x1b[31m\\x9b\\r\\u202e\\x00')\n", "ValueError: \\x1b[31m\\x9b\\r\\u202e\\x00"),
    "escapes in the source": ("raise ValueError # \x1b[31m\n", "\nValueError"),
    "import": (
        "from json import nothing\n",
        "cannot import name 'nothing' from 'json': module 'json' has no attribute ",
    ),
    "no module": ("import nothing_of_this_name\n", ""),
    "group": ("raise ExceptionGroup('all', [ValueError('one')])\n", "ExceptionGroup: all (1 sub-exception)"),
    "note": ("why = ValueError('x')\nwhy.add_note('a \\x1b note')\nraise why\n", "ValueError: x\na \\x1b note"),
    "object": ("raise ValueError(object(), print, len, openfile)\n", "ValueError: "),
    "module": ("import json, re\nraise ValueError(json, re.compile, json.loads)\n", "ValueError: "),
    "namespace": (
        "createvirtualnamespace('x = 1\\ny = 1/0', 'sub').evaluate({})\n",
        "ZeroDivisionError: division by zero",
    ),
    "sulky text": (
        "class E(Exception):\n    def __str__(self):\n        raise SystemExit(0)\nraise E\n",
        "SystemExit>",
    ),
    "huge text": ("raise ValueError('x' * 20_000_000)\n", "xxx"),
}


@pytest.mark.parametrize("kind", TROUBLE)
def test_given_any_trouble_when_a_program_ends_with_it_then_the_report_shows_no_path_no_frame_of_ours_and_no_control(
    repy: Repy, program: Callable[..., Any], kind: str
) -> None:
    text, shown = TROUBLE[kind]
    result = repy(program(text))
    assert result.code in (1, 4), result
    assert shown in result.stderr
    named = set(re.findall(r'File "([^"]*)"', result.stderr))
    assert named <= {"program.py", "sub"}
    for line in re.findall(r'File "program.py", line (\d+)', result.stderr):
        assert int(line) <= text.count("\n")
    assert "/" not in result.stderr.replace("1 / 0", "").replace("1/0", "").replace("/x/secret", "")
    assert "seattle" not in result.stderr
    assert all(character.isprintable() or character in "\n\t" for character in result.stderr)
    assert len(result.stderr) < 62_000


@pytest.mark.parametrize(
    ("value", "shown", "code"),
    [
        ("", "", 0),
        ("None", "", 0),
        ("0", "", 0),
        ("False", "", 0),
        ("3", "3", 1),
        ("True", "1", 1),
        ("10 ** 5000", "<its text could not be made: ValueError>", 1),
        ("'goodbye \\x1b[31m'", "goodbye \\x1b[31m", 1),
        ("''", "an empty message", 1),
        ("Sly()", "0", 0),
        ("Sulky()", "<its text could not be made: ValueError>", 1),
    ],
)
def test_given_any_way_to_leave_when_a_program_leaves_then_the_exit_code_and_what_is_told_follow_python(
    repy: Repy, program: Callable[..., Any], value: str, shown: str, code: int
) -> None:
    text = f"""
class Sly(int):
    def __int__(self):
        raise ValueError
class Sulky:
    def __str__(self):
        raise ValueError
raise SystemExit({value})
"""
    result = repy(program(text))
    assert (result.code, result.stderr) == (code, f"repy: exited: {shown}\n" if code else "")
