"""`as` and `on`, errors of lines, and settings."""

import pytest
from tests.shell.offline import OfflineShell


@pytest.fixture
def shell() -> OfflineShell:
    shell = OfflineShell()
    shell.knows("joe", "ann")
    shell.finds(2)
    return shell


def test_given_names_alone_then_the_prompt_tells_who_and_where(shell: OfflineShell) -> None:
    assert shell.session.prompt == " !> "
    shell.do("as joe")
    assert shell.session.prompt == "joe@ !> "
    shell.do("on %1")
    assert shell.session.prompt == "joe@%1 !> "


def test_given_long_names_then_the_prompt_cuts_each_to_20_letters(shell: OfflineShell) -> None:
    shell.knows("j" * 21)
    shell.do(f"as {'j' * 21}", f"add %1 to {'g' * 20}", f"on {'g' * 20}")
    assert shell.session.prompt == f"{'j' * 17}...@{'g' * 20} !> "


@pytest.mark.parametrize("line", ["as joe on %2 add to LAN", "on %2 as joe add to LAN"])
def test_given_prefixes_in_any_order_then_they_are_for_this_command_only(shell: OfflineShell, line: str) -> None:
    shell.do(line)
    assert (shell.group("LAN"), shell.session.prompt) == ([2], " !> ")


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        ("as bob", "there is no identity 'bob'", "`show identities` lists them; `loadkeys FILE` adds one"),
        ("on LAN", "there is no target 'LAN'", "`show targets` lists them; `browse` finds vessels"),
        ("on %3 list", "there is no target '%3'", "`show targets` lists them; `browse` finds vessels"),
        ("as joe as ann list", "`as` stands here twice", "write it once: `as ann list`"),
        ("as", "`as` goes on with NAME", "`help as` tells more"),
        ("brwose", "there is no command 'brwose'", "did you mean `browse`?"),
        ("xyzzy", "there is no command 'xyzzy'", "`help` lists them"),
        ("show lgo", "", "did you mean `show log`?"),
        ("set timeout", "`set timeout` goes on with SECONDS", "`help set timeout` tells more"),
        ("show", "", "`help show` tells more"),
        ("add", "`add` goes on with TARGET or to GROUP", "`help add` tells more"),
        ("add %1 to", "`add %1 to` goes on with GROUP", "`help add` tells more"),
        ("move %1", "`move %1` goes on with to GROUP", "`help move` tells more"),
        ("set timeout 30 40", "nothing follows `set timeout 30`", "`help set timeout` tells more"),
        ("genkey joe as", "`genkey joe as` goes on with NAME", "`help genkey` tells more"),
        ("show ip to", "`show ip to` goes on with FILE", "`help show ip to` tells more"),
        ("genkeys ''", "'' names no file", "`.` is the folder in which seash was started"),
        ("genkeys .", ". is a folder", "name the file of the key in it"),
        ("loadkeys /", "/ is a folder", "name the file of the key in it"),
        ("as joe savestate ~no-one/x", "~no-one/x: nobody's home folder", "./~no-one/x is a file of this name"),
        ("on %1 run encasementlib ~no-one/x", "~no-one/x: nobody's home folder", "./~no-one/x is a file of this name"),
        ("on %1 cat ''", "'' names no file in a vessel", ""),
        ("on %1 download /", "'/' names no file in a vessel", ""),
        ("browse %1 'a", "a quote ' is not closed", "write \\' or \\\" for a quote that is meant as a letter"),
    ],
)
def test_given_a_line_that_is_wrong_then_it_is_told_what_is_wrong_and_what_to_do(
    shell: OfflineShell, line: str, error: str, hint: str
) -> None:
    told = shell.refusal(line)
    assert (told[0].startswith(error), told[1]) == (True, hint)


def test_given_a_command_without_a_target_then_it_is_told_how_to_choose_one(shell: OfflineShell) -> None:
    assert shell.refusal("stop") == (
        "this command needs a target",
        "choose one with `on TARGET`, or write `on TARGET COMMAND`",
    )


def test_given_a_timeout_when_shown_then_it_is_the_number(shell: OfflineShell) -> None:
    assert shell.do("set timeout 30", "show timeout") == "30\n"


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf", "1e9"])
def test_given_no_time_to_wait_when_it_is_set_then_it_is_refused(shell: OfflineShell, value: str) -> None:
    assert shell.refusal(f"set timeout {value}")[0] == f"'{value}' is no time to wait"
    assert shell.do("show timeout") == "10\n"


@pytest.mark.parametrize("line", ["set uploadrate 5120", "show uploadrates"])
def test_given_the_old_upload_rate_then_it_is_told_why_there_is_none(shell: OfflineShell, line: str) -> None:
    assert shell.refusal(line)[0].startswith("there is no upload rate to be set")


@pytest.mark.parametrize(("name", "before"), [("showparse", "on"), ("autosave", "off"), ("folding", "on")])
def test_given_a_switch_when_set_in_any_letters_then_it_is_shown(shell: OfflineShell, name: str, before: str) -> None:
    assert shell.do(f"show {name}", f"set {name} ON", f"show {name}", f"set {name} off", f"show {name}") == (
        f"{before}\non\noff\n"
    )
    assert "neither" in shell.refusal(f"set {name} maybe")[0]
