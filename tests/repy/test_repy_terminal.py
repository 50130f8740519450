"""`repy` at a terminal, as its user has it: Ctrl-C, escape sequences, and a window that is closed."""

import fcntl
import os
import pty
import select
import signal
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Popen = Callable[..., Any]  # see conftest.py, as for the next
Program = Callable[..., Path]
PATIENCE = 30.0  # seconds


class Terminal:
    """A window, with a program in it that it belongs to."""

    def __init__(self, popen: Popen, *words: object) -> None:
        self.window, screen = pty.openpty()
        self.shown = ""
        own = {"start_new_session": True, "preexec_fn": lambda: fcntl.ioctl(screen, termios.TIOCSCTTY, 0)}
        self.process = popen(*words, stdin=screen, stdout=screen, stderr=screen, **own)
        os.close(screen)

    def read_until(self, text: str) -> str:
        while text not in self.shown:
            assert self._read(), f"only {self.shown!r} was shown"
        return self.shown

    def read_to_the_end(self) -> str:
        while self._read():
            pass
        return self.shown

    def type(self, text: str) -> None:
        os.write(self.window, text.encode())

    def _read(self) -> bool:
        assert select.select([self.window], [], [], PATIENCE)[0]
        try:
            piece = os.read(self.window, 4096)
        except OSError:  # nobody has the other end any more
            return False
        self.shown += piece.decode()
        return bool(piece)


@pytest.fixture
def terminal(popen: Popen) -> Iterator[Callable[..., Terminal]]:
    made: list[Terminal] = []

    def terminal(*words: object) -> Terminal:
        made.append(Terminal(popen, *words))
        return made[-1]

    yield terminal
    for one in made:
        if one.window >= 0:
            os.close(one.window)


def test_given_a_terminal_when_ctrl_c_is_typed_then_the_program_is_stopped_and_the_window_says_so(
    terminal: Callable[..., Terminal], program: Program
) -> None:
    one = terminal(program("print('up')\nwhile True:\n    pass\n"))
    one.read_until("up")
    one.type("\x03")
    assert one.read_to_the_end() == "up\r\n^C\r\nrepy: stopped: Ctrl-C\r\n"
    assert one.process.wait(PATIENCE) == 6


def test_given_a_terminal_when_a_program_writes_escapes_then_they_are_shown_and_not_obeyed(
    terminal: Callable[..., Terminal], program: Program
) -> None:
    text = (
        r"log(b'\x1b]0;title\x07', '\x9b31m', '\u202e', b'\xff', '10 %\r20 %\n'); log(b'\xe2\x82'); log(b'\xac\n');"
        r"raise ValueError('\x1b[31m')"
    )
    one = terminal(program(text))
    shown = one.read_to_the_end()
    assert shown.startswith(r"\x1b]0;title\x07 \x9b31m \u202e \xff 10 %" + "\r20 %\r\n")
    assert shown.splitlines()[-1] == r"ValueError: \x1b[31m"
    assert "\x1b" not in shown
    assert one.process.wait(PATIENCE) == 1


def test_given_a_pipe_when_a_program_writes_escapes_then_they_are_passed_on_as_they_are(
    repy: Callable[..., Any], program: Program
) -> None:
    assert repy(program(r"print('\x1b[31mred')")).stdout == "\x1b[31mred\n"


def test_given_a_terminal_when_its_window_is_closed_then_the_program_is_stopped(
    terminal: Callable[..., Terminal], program: Program, until_gone: Callable[[int], None], tmp_path: Path
) -> None:
    one = terminal("--log", "log", "--status", "status", program("sleep(1000)\n"))
    while '"running"' not in (shown := (tmp_path / "status").read_text() if (tmp_path / "status").exists() else ""):
        assert one.process.poll() is None, shown
    os.close(one.window)
    one.window = -1
    assert one.process.wait(PATIENCE) == 6
    assert "SIGHUP" in (tmp_path / "log" / "outcome").read_text()


def test_given_a_log_that_is_shown_on_a_terminal_then_it_is_made_safe_too(
    terminal: Callable[..., Terminal], repy: Callable[..., Any], program: Program
) -> None:
    assert repy("--log", "log", program(r"print('\x1b[31mred')")).code == 0
    assert terminal("log", "log").read_to_the_end() == "\\x1b[31mred\r\nrepy: exited(0)\r\n"
    assert repy("log", "log").stdout == "\x1b[31mred\n"


def test_given_a_program_in_the_background_of_a_script_when_ctrl_c_is_typed_then_it_goes_on(
    popen: Popen, program: Program
) -> None:
    one = popen(
        program("print('up')\nsleep(0.5)\nprint('end')\n"),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert one.stdout.readline() == b"up\n"
    one.send_signal(signal.SIGINT)
    output, error = one.communicate(timeout=PATIENCE)
    assert (one.returncode, output, error) == (0, b"end\n", b"")
