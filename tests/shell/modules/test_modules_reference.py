"""The page about the modules that come with the shell."""

from pathlib import Path

from seattle.shell.command_table import CommandTable
from seattle.shell.commands import BUILT_IN_COMMANDS
from seattle.shell.modules.installed import OURS, installed
from seattle.shell.modules.reference import fill_in
from seattle.shell.words import split

PAGE = Path(__file__).parents[3] / "docs" / "seash-bundled-modules.md"


def test_given_the_page_in_docs_then_it_says_what_the_modules_say() -> None:
    text = PAGE.read_text()
    told = "run `python -m seattle.shell.modules.reference docs/seash-bundled-modules.md`"
    assert fill_in(text) == text, told


def test_given_the_examples_of_modules_when_they_are_typed_then_each_is_a_command() -> None:
    found, _ = installed()
    brought = [command for one in found.values() if one.package == OURS for command in one.load().commands]
    table = CommandTable([*BUILT_IN_COMMANDS, *brought])
    examples = [line for command in brought for line, _ in command.examples]
    assert len(examples) >= len(found)
    for line in examples:
        words = split(line)
        while words[0] in ("as", "on"):
            words = words[2:]
        assert table.find(words)
