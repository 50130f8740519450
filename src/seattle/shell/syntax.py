"""The syntax of a command, written as people read it: `show log [to PREFIX]`, `run FILE [ARGUMENT...]`.

Lower-case words stand for themselves; `user|users` is one word with two spellings, of which the first is shown. A
placeholder is in capitals, with what it may be after a colon unless its name says so: `[to NEW:GROUP]`. `[...]` may be
left out; `...` after a placeholder takes all words that are left.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

Value: TypeAlias = str | tuple[str, ...]  # of a placeholder; all words that are left are a tuple


class Kind(Enum):
    """What a placeholder takes: tells what to complete it with, and what must exist."""

    TARGET = "TARGET"  # a vessel, a number or a group, which exists
    GROUP = "GROUP"  # a group, or the name of a new one
    IDENTITY = "IDENTITY"  # the name of a key, which exists
    FILE = "FILE"  # a file on this computer, which may have to be there
    FOLDER = "FOLDER"  # a folder on this computer
    REMOTE = "REMOTE"  # a file in vessels
    MODULE = "MODULE"  # a module of the shell
    SWITCH = "SWITCH"  # on or off
    COMMAND = "COMMAND"  # the words of a command
    TOPIC = "TOPIC"  # what help tells about
    WORD = "WORD"  # anything


@dataclass(frozen=True)
class Literal:
    """A word that stands for itself."""

    spellings: tuple[str, ...]

    def __str__(self) -> str:
        return self.spellings[0]


@dataclass(frozen=True)
class Slot:
    """A placeholder; with `many` for all words that are left, of which there is at least one."""

    name: str
    kind: Kind
    many: bool = False

    def __str__(self) -> str:
        return f"{self.name}..." if self.many else self.name


Element: TypeAlias = Literal | Slot
Form: TypeAlias = tuple[Element, ...]  # with nothing left to choose

_CHOICE: Final = re.compile(r"([^\s\[\]|]+)(?:\|[^\s\[\]|]+)+|([A-Z]+):[A-Z]+")
_PARTS: Final = re.compile(r"[\[\]]|[^\s\[\]]+")
_SLOT: Final = re.compile(r"([A-Z]+)(?::([A-Z]+))?(\.\.\.)?\Z")


def forms(syntax: str) -> tuple[Form, ...]:
    """All forms that a command of this syntax has, the longest first. Raises ValueError for what is no syntax."""
    found, rest = _forms(_PARTS.findall(syntax))
    if rest or not all(found):
        raise ValueError(f"{syntax!r} is no syntax of a command")
    return tuple(sorted(found, key=len, reverse=True))


def shown(syntax: str) -> str:
    """A syntax for people: of words the first spelling, of placeholders the name."""
    return _CHOICE.sub(lambda found: found[1] or found[2], syntax)


def match(form: Form, words: Sequence[str]) -> Mapping[str, Value] | None:
    """What the placeholders are if the words fit this form, else None."""
    if fitting(form, words) < len(words):
        return None
    values: dict[str, Value] = {}
    for element, word, place in zip(form, words, range(len(words)), strict=False):
        if isinstance(element, Slot):
            values[element.name] = tuple(words[place:]) if element.many else word
    return values if len(words) >= len(form) else None


def fitting(form: Form, words: Sequence[str]) -> int:
    """How many of the words fit, from the first on."""
    for place, word in enumerate(words):
        match expected(form, place):
            case None:
                return place
            case Literal(spellings) if word not in spellings:
                return place
    return len(words)


def expected(form: Form, place: int) -> Element | None:
    """What the word at this place has to be; None where there must be none."""
    if place < len(form):
        return form[place]
    last = form[-1]
    return last if isinstance(last, Slot) and last.many else None


def overlap(one: Form, other: Form) -> bool:
    """Whether there are words that fit both."""
    pairs = [(expected(one, place), expected(other, place)) for place in range(max(len(one), len(other)))]
    return all(_agree(first, second) for first, second in pairs)


def _agree(one: Element | None, other: Element | None) -> bool:
    """Whether there is a word that is both."""
    if one is None or other is None:
        return False
    if isinstance(one, Literal) and isinstance(other, Literal):
        return not set(one.spellings).isdisjoint(other.spellings)
    return True


def _forms(parts: list[str]) -> tuple[list[Form], list[str]]:
    """The forms of what stands before the next closing bracket, and what stands behind it."""
    found: list[Form] = [()]
    while parts:
        part, *parts = parts
        if part == "]":
            return found, parts
        if part == "[":
            inner, parts = _forms_inside(parts)
            found = [*found, *(before + more for before in found for more in inner)]
        else:
            found = [(*before, _element(part)) for before in found]
    return found, parts


def _forms_inside(parts: list[str]) -> tuple[list[Form], list[str]]:
    if "]" not in parts:
        raise ValueError("a bracket is not closed")
    return _forms(parts)


def _element(part: str) -> Element:
    slot = _SLOT.match(part)
    if slot is None:
        return Literal(tuple(part.split("|")))
    name, kind, many = slot.groups()
    kinds = {one.value: one for one in Kind}
    return Slot(name, kinds[kind] if kind else kinds.get(name, Kind.WORD), many=many is not None)
