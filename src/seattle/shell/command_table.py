"""All commands there are: which one words mean, and what could come next."""

import difflib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import takewhile
from typing import Final

from seattle.shell.call import Call
from seattle.shell.errors import Incomplete, NotUnderstood
from seattle.shell.syntax import Element, Form, Literal, Value, expected, fitting, forms, match, overlap, shown

Work = Callable[[Call], Awaitable[None]]

BUILT_IN: Final = ""  # the module of commands that are always there
_CLOSE: Final = 0.6  # how much alike a mistyped word has to be, of 1


class Shelf(Enum):
    """Where help lists a command."""

    COMMON = "common"
    EXTENDED = "extended"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        syntax: as in `syntax.py`.
        work: does it.
        summary: one line, for lists of commands.
        details: paragraphs that help adds.
        examples: lines to type, each with what it does.
        module: which one brings it.
        sought_behind: what people type who look for it elsewhere: an error there says what it is called.
    """

    syntax: str
    work: Work
    summary: str
    details: str = ""
    examples: Sequence[tuple[str, str]] = ()
    shelf: Shelf = Shelf.COMMON
    module: str = BUILT_IN
    sought_behind: str = ""
    forms: tuple[Form, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "forms", forms(self.syntax))


@dataclass(frozen=True)
class Found:
    """The command that words mean, and what its placeholders are."""

    command: Command
    values: Mapping[str, Value]


class CommandTable:
    """The commands of the shell, and of the modules that are enabled."""

    def __init__(self, commands: Sequence[Command] = ()) -> None:
        self._commands = list(commands)

    def __iter__(self) -> Iterator[Command]:
        """By the alphabet, as people see them."""
        return iter(sorted(self._commands, key=lambda command: shown(command.syntax)))

    def clashes(self, commands: Sequence[Command]) -> list[tuple[Command, Command]]:
        """Each of these commands that can't be told from one that is there, or from one before it, and that one."""
        there = [*self._commands]
        found = []
        for new in commands:
            found += [(new, old) for old in there if _clash(new, old)]
            there.append(new)
        return found

    def add(self, commands: Sequence[Command]) -> None:
        """Add commands, which must not clash."""
        self._commands += commands

    def remove(self, module: str) -> None:
        """Remove what a module has brought."""
        self._commands = [one for one in self._commands if one.module != module]

    def find(self, words: Sequence[str]) -> Found:
        """The command that the words mean; of several the one with most words of its own.

        Raises NotUnderstood, Incomplete.
        """
        fits = [
            (_literals(form), Found(command, values))
            for command in self._commands
            for form in command.forms
            if (values := match(form, words)) is not None
        ]
        if not fits:
            raise self._what_is_wrong(words)
        return max(fits, key=lambda one: one[0])[1]

    def next_elements(self, words: Sequence[str]) -> list[Element]:
        """What could stand behind these words, without doubles."""
        found = [
            element
            for form in self._forms()
            if fitting(form, words) == len(words) and (element := expected(form, len(words))) is not None
        ]
        return list(dict.fromkeys(found))

    def _forms(self) -> Iterator[Form]:
        for command in self._commands:
            yield from command.forms

    def _what_is_wrong(self, words: Sequence[str]) -> NotUnderstood | Incomplete:
        right = max(fitting(form, words) for form in self._forms())
        could = self.next_elements(words[:right])
        fits = [(one, form) for one in self._commands for form in one.forms if fitting(form, words) == right]
        forms = [form for _, form in fits]
        told = _goes_on([form for one, form in fits if one.shelf is not Shelf.HIDDEN] or forms, right)
        begun = " ".join(words[:right])
        more = f"`help {_topic(forms, words[:right])}` tells more"
        if right == len(words):
            return Incomplete(f"`{begun}` goes on with {told}", hint=more)
        wrong = words[right]
        spellings = [word for one in could if isinstance(one, Literal) for word in one.spellings]
        close = difflib.get_close_matches(wrong, spellings, n=1, cutoff=_CLOSE)
        meant = f"did you mean `{' '.join([*words[:right], *close])}`?" if close else ""
        if not right:
            return NotUnderstood(f"there is no command {wrong!r}", hint=meant or "`help` lists them")
        if not meant:
            sought = next((shown(one.syntax) for one in self._commands if one.sought_behind == begun), "")
            meant = f"did you mean `{sought}`?" if sought else ""
        behind = f"what follows `{begun}` is {told}, not {wrong!r}" if told else f"nothing follows `{begun}`"
        return NotUnderstood(behind, hint=meant or more)


def _goes_on(forms: Sequence[Form], place: int) -> str:
    """What could stand at this place; if it is only one thing, with all that has to follow it. Empty for nothing."""
    behind = [form[place:] for form in forms if len(form) > place]
    could = dict.fromkeys(str(first) for first, *_ in behind)
    if len(could) > 1 or not behind:
        return " or ".join(could)
    shortest = min(behind, key=len)
    return " ".join(map(str, shortest))


def _topic(forms: Sequence[Form], words: Sequence[str]) -> str:
    """Of words that begin these forms, those about which `help` can be asked: none that was put in a placeholder."""
    heads = [
        list(takewhile(lambda pair: isinstance(pair[0], Literal), zip(form, words, strict=False))) for form in forms
    ]
    return " ".join(word for _, word in max(heads, key=len))


def _literals(form: Form) -> int:
    return sum(isinstance(one, Literal) for one in form)


def _clash(one: Command, other: Command) -> bool:
    """Whether there are words that fit both, with as many words of its own in each: then neither would be meant."""
    return any(
        _literals(form) == _literals(another) and overlap(form, another)
        for form in one.forms
        for another in other.forms
    )
