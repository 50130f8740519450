"""The prompt in a real terminal, typed into as a person types."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from tests.shell.offline import mode_of
from tests.shell.terminal import Terminal, needs_tmux, open_terminal

from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair

SEASH = [sys.executable, "-c", "from seattle.shell import main; raise SystemExit(main())"]

pytestmark = needs_tmux

Open = Callable[..., AbstractContextManager[Terminal]]


@pytest.fixture
def open_shell(tmp_path: Path) -> Open:
    @contextmanager
    def open_shell(*arguments: str) -> Iterator[Terminal]:
        environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        with open_terminal([*SEASH, *arguments], environ=environ, folder=tmp_path) as terminal:
            terminal.wait_for("^Enabled modules: ")
            terminal.wait_for_prompt()
            yield terminal

    return open_shell


@pytest.fixture
def terminal(open_shell: Open) -> Iterator[Terminal]:
    with open_shell() as terminal:
        yield terminal


def test_given_identities_and_targets_then_the_prompt_tells_them(terminal: Terminal) -> None:
    assert terminal.wait_for_prompt() == " !>"
    assert terminal.do("genkeys joe") == "Created identity 'joe'"
    assert terminal.do("as joe") == ""
    assert terminal.wait_for_prompt() == "joe@ !>"
    terminal.do("on %all")
    assert terminal.wait_for_prompt() == "joe@%all !>"


def test_given_a_line_that_is_not_whole_when_enter_is_pressed_then_it_goes_on_with_the_next(
    terminal: Terminal,
) -> None:
    terminal.enter("set timeout \\")
    terminal.wait_for(r"^\.\.\.")
    terminal.enter("7")
    terminal.wait_for_prompt()
    assert terminal.do("show timeout") == "7"


def test_given_a_wrong_line_then_it_is_told_and_the_shell_goes_on(terminal: Terminal) -> None:
    assert terminal.do("brwose") == "error: there is no command 'brwose'\nhint: did you mean `browse`?"
    assert terminal.do("show timeout") == "10"


def test_given_tab_then_the_word_is_completed(terminal: Terminal) -> None:
    terminal.type("show timeo")
    terminal.press("Tab")
    terminal.wait_for(r"^ !> show timeout$")
    terminal.press("Enter")
    terminal.wait_for(r"^10$")


def test_given_a_file_with_a_blank_when_completed_then_it_is_quoted(terminal: Terminal, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "my key"], check=True)
    terminal.type("loadpriv my")
    terminal.press("Tab")
    terminal.wait_for(r"^ +my key\.pub$")
    terminal.press("Tab")
    terminal.wait_for(r"^ !> loadpriv 'my key'")


def test_given_a_line_half_typed_when_interrupted_then_it_is_cleared(terminal: Terminal) -> None:
    terminal.type("nonsense")
    terminal.wait_for("^ !> nonsense$")
    terminal.press("C-c")
    terminal.wait_for_prompt()
    assert terminal.do("show timeout") == "10"


def test_given_an_empty_prompt_when_interrupted_twice_then_it_is_told_how_to_leave(terminal: Terminal) -> None:
    terminal.press("C-c")
    terminal.wait_for(r"^ !>\n !>\Z")
    terminal.press("C-c")
    terminal.wait_for("^To leave, type `exit` or press Ctrl-D.$")
    terminal.wait_for_prompt()


@pytest.mark.parametrize("word", ["exit", "quit", "exit # now"])
def test_given_a_word_to_leave_then_the_shell_ends_well(terminal: Terminal, word: str) -> None:
    terminal.enter(word)
    assert terminal.wait_for_end() == 0


def test_given_the_end_of_input_then_the_shell_ends_well_and_says_why(terminal: Terminal) -> None:
    terminal.press("C-d")
    assert terminal.wait_for_end() == 0
    assert "End of input: goodbye." in terminal.screen


def test_given_lines_of_an_earlier_shell_then_they_come_back_and_only_their_owner_reads_them(
    open_shell: Open, tmp_path: Path
) -> None:
    with open_shell() as terminal:
        terminal.do("set timeout 42")
        terminal.enter("exit")
        terminal.wait_for_end()
    assert mode_of(tmp_path / "state" / "seattle" / "seash" / "history") == 0o600
    with open_shell() as terminal:
        terminal.press("Up", "Up")
        terminal.wait_for(r"^ !> set timeout 42$")


def test_given_a_history_that_can_not_be_kept_then_the_shell_works_without(open_shell: Open, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("not a folder")
    with open_shell() as terminal:
        assert terminal.do("show timeout") == "10"


def test_given_a_protected_key_when_it_is_needed_then_its_passphrase_is_asked_for_and_not_shown(
    terminal: Terminal, tmp_path: Path
) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", tmp_path / "joe"], check=True)
    terminal.do("loadkeys joe")
    terminal.enter("as joe savestate monday")
    terminal.wait_for("^Passphrase of joe:$")
    terminal.enter("open sesame")
    terminal.wait_for_prompt()
    assert (tmp_path / "monday").exists()
    assert "open sesame" not in terminal.screen
    terminal.press("Up")
    terminal.wait_for(r"^ !> as joe savestate monday$")


@pytest.mark.parametrize(("typed", "code"), [("open sesame", 0), ("C-c", 1)])
def test_given_lines_on_the_command_line_when_a_passphrase_is_needed_then_it_is_asked_for_and_need_not_be_given(
    tmp_path: Path, typed: str, code: int
) -> None:
    pytest.importorskip("bcrypt", reason="bcrypt, which protects keys with a passphrase, is not installed")
    save_key_pair(tmp_path / "joe", KeyPair.generate(), b"open sesame")
    lines = [*SEASH, "-c", "loadkeys joe; as joe savestate monday"]
    with open_terminal(lines, environ={"HOME": str(tmp_path)}, folder=tmp_path) as terminal:
        terminal.wait_for("^Passphrase of joe:$")
        if typed == "C-c":
            terminal.press(typed)
        else:
            terminal.enter(typed)
        assert terminal.wait_for_end() == code
    assert (tmp_path / "monday").exists() == (code == 0)


def test_given_a_first_identity_that_is_not_there_then_it_is_told_and_the_prompt_has_none(open_shell: Open) -> None:
    with open_shell("--identity", "joe") as terminal:
        terminal.wait_for("^error: there is no identity 'joe'$")
        terminal.wait_for(r"^ !>$")
