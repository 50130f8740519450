"""The commands of vessels in a terminal, typed as a person types."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.shell.terminal import Terminal, needs_tmux, open_terminal

from seattle.testbed import LocalTestbed

SEASH = [sys.executable, "-c", "from seattle.shell import main; raise SystemExit(main())"]

pytestmark = needs_tmux


@pytest.fixture
def terminal(local: LocalTestbed, tmp_path: Path) -> Iterator[Terminal]:
    """A shell that knows six fresh vessels, and has chosen them."""
    environ = {"HOME": str(tmp_path), "SEATTLE_PROFILE": str(local.profile.folder)}
    with open_terminal(SEASH, environ=environ, folder=tmp_path) as terminal:
        terminal.do("as profile")
        terminal.do("browse")
        terminal.do("on browsegood")
        terminal.do("reset")
        yield terminal


def test_given_programs_without_an_end_when_followed_and_interrupted_then_the_prompt_is_back_and_they_run_on(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "loop.py").write_text("log('begun', chr(10))\nwhile True:\n    sleep(1)\n")
    assert terminal.do("run loop.py") == ""
    terminal.enter("follow")
    for number in range(1, 7):
        terminal.wait_for(rf"^%{number} \| begun")
    terminal.press("C-c")
    terminal.wait_for("6 of 6 programs run on")
    terminal.wait_for_prompt()
    assert terminal.do("list").count("Started") == 6
    assert terminal.do("stop") == ""


def test_given_a_program_that_takes_its_time_when_waited_for_then_a_line_tells_how_many_have_ended(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "nap.py").write_text("sleep(60 if callargs[0] == 'long' else 0)\n")
    terminal.do("run nap.py short")
    terminal.do("wait")
    terminal.do("on %1 run nap.py long")
    terminal.enter("wait")
    terminal.wait_for(r"waiting for programs: 5 of 6 done; still waiting for %1\(U\w{8}/v\d+\)")
    terminal.press("C-c")
    terminal.wait_for("Interrupted before an answer came")
    terminal.wait_for_prompt()
    assert "still waiting" not in terminal.screen
    assert re.search(r"^exited.*: %2\(.*, and %6\(", terminal.screen, re.MULTILINE)
