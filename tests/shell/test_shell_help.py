"""Help, and the reference of commands, both of which are made of the table."""

import re
from pathlib import Path

import pytest
from tests.shell.offline import OfflineShell

from seattle.shell.command_table import CommandTable
from seattle.shell.commands import BUILT_IN_COMMANDS
from seattle.shell.errors import Incomplete
from seattle.shell.help_pages import fill_in, main, topics
from seattle.shell.syntax import Kind, Literal, shown
from seattle.shell.words import split

PAGE = Path(__file__).parents[2] / "docs" / "seash.md"


@pytest.fixture
def shell() -> OfflineShell:
    return OfflineShell()


def test_given_help_then_commands_are_listed_by_the_alphabet_in_79_columns(shell: OfflineShell) -> None:
    lines = shell.do("help").splitlines()
    listed = [line.split(" -- ")[0] for line in lines if " -- " in line]
    assert (listed == sorted(listed), max(map(len, lines)) <= 79) == (True, True)
    assert "browse" in listed


@pytest.mark.parametrize("name", ["contact", "genkeys", "join", "loadpriv", "loadpub", "loadstate", "move"])
def test_given_extended_help_then_commands_wanted_less_often_are_there_only(shell: OfflineShell, name: str) -> None:
    assert (f"\n{name} " in f"\n{shell.do('help extended')}", f"\n{name} " in shell.do("help")) == (True, False)


def test_given_a_command_when_help_is_asked_then_it_is_told_with_examples_and_not_done(shell: OfflineShell) -> None:
    shell.knows("joe")
    told = shell.do("help as")
    assert told.startswith("as NAME [COMMAND...]\n")
    assert "as joe browse  find joe's vessels" in told


def test_given_words_with_which_commands_begin_when_help_is_asked_then_these_are_listed(shell: OfflineShell) -> None:
    assert "set timeout SECONDS -- " in shell.do("help set")


def test_given_another_spelling_when_help_is_asked_then_it_is_the_same(shell: OfflineShell) -> None:
    assert shell.do("help show target") == shell.do("help show targets") != ""


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("help brows", "did you mean `help browse`?"),
        ("help show lgo", "did you mean `help show log`?"),
        ("help xyzzy", "`help` lists what there is"),
    ],
)
def test_given_what_is_neither_command_nor_module_when_help_is_asked_then_it_is_told(
    shell: OfflineShell, line: str, hint: str
) -> None:
    error, told = shell.refusal(line)
    assert ("is neither a command nor a module" in error, told) == (True, hint)


def test_given_a_syntax_then_people_see_the_first_spelling_and_the_names_of_placeholders() -> None:
    assert shown("show ip|ips to|> NEW:FILE [ID...]") == "show ip to NEW [ID...]"


def test_given_all_commands_then_each_has_a_summary_and_its_examples_can_be_typed() -> None:
    table = CommandTable(BUILT_IN_COMMANDS)
    for command in BUILT_IN_COMMANDS:
        assert command.summary.endswith(".")
        for line, _ in command.examples:
            table.find(split(line))


def test_given_any_command_broken_off_when_help_is_named_in_the_hint_then_there_is_that_help(
    shell: OfflineShell,
) -> None:
    shell.knows("joe")
    shell.finds(1)
    words = {Kind.TARGET: "%1", Kind.IDENTITY: "joe"}
    for command in BUILT_IN_COMMANDS:
        for form in command.forms:
            line = [one.spellings[0] if isinstance(one, Literal) else words.get(one.kind, "x") for one in form]
            for length in range(1, len(line)):
                try:
                    shell.session.commands.find(line[:length])
                except Incomplete as why:
                    named = re.fullmatch("`(help .*)` tells more", why.hint)
                    assert named is not None
                    assert shell.do(named[1])


def test_given_settings_when_what_can_be_set_is_told_then_none_is_among_them_that_there_is_not(
    shell: OfflineShell,
) -> None:
    assert ["uploadrate" in shell.refusal(line)[0] for line in ("set", "show", "set x")] == [False] * 3


def test_given_nothing_typed_behind_help_then_all_first_words_are_topics() -> None:
    assert {"show", "set", "browse", "extended"} <= set(topics(CommandTable(BUILT_IN_COMMANDS), []))


def test_given_the_page_in_docs_then_its_reference_is_what_the_table_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == fill_in(text, CommandTable(BUILT_IN_COMMANDS)), (
        "run `python -m seattle.shell.help_pages docs/seash.md`"
    )


def test_given_an_old_page_when_it_is_made_anew_then_what_is_written_by_hand_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- commands -->\nxyzzy\n<!-- end -->\nbehind\n")
    assert main([str(page)]) == 0
    made = page.read_text()
    assert (made.startswith("before\n"), made.endswith("behind\n"), "xyzzy" in made) == (True, True, False)
