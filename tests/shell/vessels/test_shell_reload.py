"""Saved state on real nodes: a vessel that does not answer costs the others nothing."""

import pytest
from tests.shell.vessels.shell_at import ShellAt


@pytest.fixture
def reloaded(shell: ShellAt) -> ShellAt:
    """A shell that has loaded a state with seven vessels, of which one is not there."""
    shell.pretend("gone")
    state = shell.folder / "monday"
    shell.do(f"savestate {state}")
    shell.do("set timeout 3")
    shell.do(f"loadstate {state}")
    return shell


def test_given_a_vessel_that_is_gone_when_state_is_loaded_then_both_kinds_are_groups_and_all_stay_known(
    reloaded: ShellAt,
) -> None:
    assert (len(reloaded.group("reloadgood")), len(reloaded.group("reloadfail"))) == (6, 1)
    assert [one.number for one in reloaded.known()] == [1, 2, 3, 4, 5, 6, 7]
    assert reloaded.do("show timeout") == "10\n"


def test_given_a_vessel_that_is_gone_when_state_is_loaded_then_commands_on_others_work(reloaded: ShellAt) -> None:
    program = reloaded.file("hello.py", "log('hello', chr(10))\n")
    assert reloaded.do(f"on %1 run {program}") == ""
    assert reloaded.do("set timeout 20") == ""
    assert reloaded.do(f"savestate {reloaded.folder / 'tuesday'}") == ""
    assert reloaded.notes == ""


def test_given_autosave_in_a_state_when_it_is_loaded_then_that_is_said(shell: ShellAt) -> None:
    shell.do("set autosave on")
    shell.do(f"savestate {shell.folder / 'monday'}")
    shell.do("set autosave off")
    shell.do(f"loadstate {shell.folder / 'monday'}")
    assert (shell.notes, shell.do("show autosave")) == ("Autosave is on.\n", "on\n")
