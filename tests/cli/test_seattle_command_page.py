"""The command's reference page, the table for completion and the examples say what the commands can do."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.cli.commands import Command
from typer.main import get_command

from seattle.cli import command_words, kept_help, reference
from seattle.cli.commands import COMMANDS, app

PAGE = Path(__file__).parents[2] / "docs" / "seattle-command.md"
MAKE = "run: python -m seattle.cli.reference docs/seattle-command.md"
EXAMPLES = [example for page in reference.pages() for example in page.examples]


def test_given_the_page_when_it_is_made_anew_then_it_is_the_same() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert reference.fill_in(page) == page, MAKE


def test_given_what_completion_knows_when_it_is_made_anew_then_it_is_the_same() -> None:
    assert reference.completion() == command_words.FILE.read_bytes(), MAKE


def test_given_the_help_pages_that_are_kept_when_they_are_made_anew_then_they_are_the_same() -> None:
    assert reference.help_pages() == kept_help.FILE.read_bytes(), MAKE


def test_given_a_narrow_terminal_when_help_is_asked_for_then_the_page_fits_it(command: Command) -> None:
    kept, narrow = (command("run", "--help", COLUMNS=columns).stdout for columns in ("80", "60"))
    assert max(map(len, narrow.split("Examples:")[0].splitlines())) < 60
    assert narrow.split()[:20] == kept.split()[:20]


def test_given_the_page_when_read_then_its_links_lead_somewhere() -> None:
    text = PAGE.read_text(encoding="utf-8")
    anchors = {heading.replace("`", "").lower().replace(" ", "-") for heading in re.findall(r"(?m)^#+ (.*)$", text)}
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > len(COMMANDS) - 5, "each command that is not hidden has one"
    for link in links:
        assert link.removeprefix("#") in anchors if link.startswith("#") else (PAGE.parent / link).exists(), link


def test_given_the_page_when_read_then_each_row_has_its_two_cells_and_each_word_has_a_name() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| .*", text)
    assert [row for row in rows if len(re.split(r"(?<!\\)\|", row)) != 4] == []
    assert re.findall(r"`None`|\[\[[A-Z]+\]\]", text) == []


def test_given_commands_on_vessels_then_each_has_examples() -> None:
    pages = {page.line: page for page in reference.pages()}
    of_vessels = [line for line, page in pages.items() if any(one.name == "on" for one in page.command.params)]
    assert len(of_vessels) > 15
    # Commands of a command share its examples.
    assert [line for line in of_vessels if not pages[" ".join(line.split()[:2])].examples] == []


@pytest.mark.parametrize("example", [line for line, _ in EXAMPLES])
def test_given_an_example_when_its_words_are_read_then_the_command_takes_them(example: str) -> None:
    lines = re.findall(r"seattle [a-z][^)&>]*", example)
    assert lines
    for line in lines:
        _, *words = shlex.split(line)
        command: Any = get_command(app)
        while name := words[0] if words and hasattr(command, "get_command") else "":
            found = command.get_command(None, name)
            assert found is not None, line
            command, words = found, words[1:]
        with command.make_context(command.name, words):
            pass


def test_given_help_of_a_command_then_it_is_that_of_its_option_and_ends_with_examples(command: Command) -> None:
    done = command("help", "set-users")
    assert done.stdout == command("set-users", "--help").stdout
    assert done.returncode == 0
    assert done.stdout.rstrip().endswith("seattle set-users --nobody\n      only you")
    assert command("help", "key", "new").stdout.split()[:4] == ["Usage:", "seattle", "key", "new"]


def test_given_help_of_what_is_no_command_then_that_is_wrong_usage(command: Command) -> None:
    done = command("help", "vessles")
    assert (done.returncode, done.stdout) == (2, "")


def test_given_the_table_of_commands_then_its_summaries_are_short_sentences() -> None:
    assert [name for name, entry in COMMANDS.items() if not re.fullmatch(r".{10,76}\.", entry.summary)] == []
