"""Modules as a person at a terminal meets them."""

import os
from pathlib import Path

from tests.shell.modules.shells import SEASH
from tests.shell.terminal import Terminal, needs_tmux, open_terminal

pytestmark = needs_tmux


def environ(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": os.environ["PATH"]}


def greeted(terminal: Terminal) -> str:
    """Which modules are enabled, as the shell says once it has loaded."""
    return terminal.wait_for("^Enabled modules: (.*)$")[1]


def test_given_a_person_when_they_disable_a_module_then_the_next_shell_starts_without_it(tmp_path: Path) -> None:
    with open_terminal(SEASH, environ=environ(tmp_path)) as terminal:
        assert greeted(terminal) == "clearinghouse, factoids, geoip, selection, uploaddir, variables"
        terminal.do("disable factoids")
    with open_terminal(SEASH, environ=environ(tmp_path)) as terminal:
        assert greeted(terminal) == "clearinghouse, geoip, selection, uploaddir, variables"


def test_given_a_variable_when_a_person_types_tab_and_enter_then_it_is_completed_and_replaced(tmp_path: Path) -> None:
    with open_terminal(SEASH, environ=environ(tmp_path)) as terminal:
        greeted(terminal)
        terminal.do("let which uploaddir")
        terminal.type("modulehelp $wh")
        terminal.press("Tab")
        terminal.wait_for(r"modulehelp \$which")
        terminal.press("Enter")
        terminal.wait_for("Parsed as: modulehelp uploaddir")
        terminal.wait_for("uploaddir: Uploads all files of a folder.")


def test_given_a_module_s_name_when_a_person_types_tab_then_it_is_completed(tmp_path: Path) -> None:
    with open_terminal(SEASH, environ=environ(tmp_path)) as terminal:
        greeted(terminal)
        terminal.type("enable clear")
        terminal.press("Tab")
        terminal.wait_for("enable clearinghouse")
