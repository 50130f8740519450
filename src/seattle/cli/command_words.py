"""What can be said to our commands, as a table: completion and the reference page are made of it.

It is kept in `completion.json` beside this file, since making it imports all commands, and completing must not.
`python -m seattle.cli.reference` makes it anew.
"""

from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).with_name("completion.json")


class Takes(StrEnum):
    """What a word may be."""

    NOTHING = "nothing"  # there is no word
    WORD = "word"  # any, which nobody can guess
    FILE = "file"
    FOLDER = "folder"
    PROFILE = "profile"
    VESSEL = "vessel"


class OptionWords(msgspec.Struct, frozen=True, omit_defaults=True):
    """An option."""

    names: tuple[str, ...]  # `--follow`, `-f`
    about: str
    takes: Takes = Takes.NOTHING
    value: str = ""  # what its value is called
    choices: tuple[str, ...] = ()  # the values that it may have; empty if the command judges


class CommandWords(msgspec.Struct, frozen=True, omit_defaults=True):
    """A command."""

    line: str  # `seattle key new`
    about: str  # in one line
    options: tuple[OptionWords, ...] = ()
    takes: Takes = Takes.NOTHING  # its other words
    choices: tuple[str, ...] = ()  # of those


def load() -> list[CommandWords]:
    """The table, each command before those that it has."""
    return msgspec.json.decode(FILE.read_bytes(), type=list[CommandWords])
