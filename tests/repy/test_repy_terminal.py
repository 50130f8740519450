"""What a program writes, on a terminal and elsewhere: a terminal must not obey it, and a file gets every byte."""

import os
import pty
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.visible import visible, visible_stream

Check = Callable[..., str]  # see conftest.py, as for the next
Run = Callable[..., Any]

# Clears the screen, sets the title, asks the terminal for its contents, goes back, colours, turns the direction.
STEERING = "\x1b[2J \x1b]0;title\x07 \x1bP+q\x1b\\ \x08 \x7f \x9b31m \u202e \u2066"


STEERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # all but tab and line ends


@given(text=st.text() | st.text(alphabet="\x1b[]\r\n\t\x07\x9b\u202e ab"))
def test_whatever_the_text_nothing_in_it_steers_a_terminal(text: str) -> None:
    assert not STEERS.search(visible(text) + visible_stream(text))
    assert "\r" not in visible(text)  # in a report it would hide what was there before
    if not STEERS.search(text):
        assert visible_stream(text).count("\n") == text.count("\n")


class OnTerminal:
    """A command whose output is a terminal. The text that the terminal got."""

    def __init__(self, words: Sequence[str], environment: dict[str, str], folder: Path) -> None:
        shown, terminal = pty.openpty()
        process = subprocess.Popen(words, cwd=folder, env=environment, stdout=terminal, stderr=terminal)
        os.close(terminal)
        pieces: list[bytes] = []
        while True:
            try:
                piece = os.read(shown, 65536)
            except OSError:  # the last one who had the terminal open has closed it
                break
            pieces.append(piece)
        os.close(shown)
        process.wait(30)
        self.text = b"".join(pieces).decode().replace("\r\n", "\n")  # the terminal itself makes line ends so


@pytest.fixture
def on_terminal(
    repy_command: Callable[[Sequence[object]], list[str]], environment: dict[str, str], tmp_path: Path
) -> Callable[[str], str]:
    def on_terminal(program: str) -> str:
        (tmp_path / "program.py").write_text(program)
        return OnTerminal(repy_command(["program.py"]), environment, tmp_path).text

    return on_terminal


def test_given_a_terminal_when_a_program_tries_to_steer_it_then_what_it_wrote_is_spelled_out(
    on_terminal: Callable[[str], str],
) -> None:
    text = on_terminal(f"print({STEERING!r})\nlog(b'\\xff\\x9b', 'ä', '\\n')\nprint('a\\tb')")
    assert not STEERS.search(text)
    first, second, third = text.splitlines()
    assert first.startswith(r"\x1b[2J \x1b]0;title\x07")
    assert first.endswith(r"\x08 \x7f \x9b31m \u202e \u2066")
    assert second == r"\xff\x9b ä "
    assert third == "a\tb"


def test_given_a_terminal_when_a_program_writes_much_then_all_of_it_arrives(
    on_terminal: Callable[[str], str],
) -> None:
    text = on_terminal("def work():\n    print('\\x1b' * 20_000)\nfor _ in range(3):\n    createthread(work)")
    # A terminal takes little at a time, so that the threads take turns.
    assert Counter(text) == Counter((r"\x1b" * 20_000 + "\n") * 3)


def test_given_a_terminal_when_an_exception_tries_to_steer_it_then_it_is_spelled_out(
    on_terminal: Callable[[str], str],
) -> None:
    text = on_terminal(f"raise ValueError({STEERING!r})")
    assert not STEERS.search(text)
    assert r"ValueError: \x1b[2J" in text


def test_given_a_pipe_when_a_program_writes_then_every_byte_arrives(
    repy_command: Callable[[Sequence[object]], list[str]], environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text("log(bytes(range(256)))")
    done = subprocess.run(
        repy_command(["program.py"]), cwd=tmp_path, env=environment, capture_output=True, timeout=30, check=False
    )
    assert done.stdout == bytes(range(256))


HOST_PATHS = re.compile(r"(?:/(?:usr|home|root|tmp|proc|etc|var|opt|work)\b|site-packages|seattle/repy|lib/python)")

FAILING = {
    "own": "raise ValueError(1)",
    "call": "openfile('A', True)",
    "missing": "openfile('missing', False)",
    "method": "openfile('f', True).readat(-1, 0)",
    "open": "open('missing')",
    "facade": "import json\njson.loads('{')",
    "own-module": "import helper",
    "namespace": "createvirtualnamespace('1/0', 'inner').evaluate({})",
    "import": "import os",
    "thread": "def work():\n    {}[1]\ncreatethread(work)",
    "recursion": "def f():\n    f()\nf()",
    "memory": "bytearray(10**12)",
    "unsafe": "().__class__",
    "syntax": "def",
    "exit": "raise SystemExit('so')",
}


@pytest.mark.parametrize("program", FAILING.values(), ids=FAILING.keys())
def test_given_a_program_that_fails_when_it_ends_then_its_outcome_and_output_name_no_path_of_the_host(
    run: Run, vessel: Path, program: str
) -> None:
    (vessel / "helper.py").write_text("import json\njson.loads('{')\n")
    result = run(program, limits={"memory": 64_000_000})
    assert not HOST_PATHS.search(result.detail + result.output), result


def test_given_a_program_when_it_asks_for_its_last_error_then_that_names_no_path_of_the_host(check: Check) -> None:
    program = """
        import json
        for wrong in (lambda: json.loads("{"), lambda: openfile("missing", False), lambda: open("x", "q")):
            try:
                wrong()
            except (ValueError, FileNotFoundError):
                print(getlasterror())
        """
    text = check(program)
    assert text.count("Traceback") == 3
    assert not HOST_PATHS.search(text)
