"""What `help` prints, made of the table of commands; also the reference in `docs/seash.md`.

`python -m seattle.shell.help_pages docs/seash.md` brings that page up to date, between its two marks.
"""

import difflib
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Final

from seattle.shell.command_table import BUILT_IN, Command, CommandTable, Shelf
from seattle.shell.errors import NotUnderstood
from seattle.shell.modules.module import Module
from seattle.shell.syntax import Literal, shown

_WIDTH: Final = 79  # columns
_PAGE_WIDTH: Final = 120  # of the pages in `docs`
_PAGE: Final = re.compile(r"(<!-- commands -->\n).*?(<!-- end -->)", re.DOTALL)
_GENERAL: Final = """\
A target is a vessel's long name (NODE/VESSEL), its number (%1), or a group; %all is every vessel that is known.
`as NAME` and `on TARGET` before a command are for that command, and alone they are for all that follow.
"""
_MORE: Final = "For more commands: `help extended`. `help COMMAND` tells more about one, with examples."
EXTENDED: Final = "extended"


def overview(table: CommandTable) -> str:
    """The common commands, those of each module under its name, and what else can be asked."""
    commands = list(table)
    blocks = [filled(_GENERAL), _list(one for one in commands if one.shelf is Shelf.COMMON and one.module == BUILT_IN)]
    for module in modules(table):
        blocks += [f"{module}:\n{_list(_listed(one for one in commands if one.module == module))}"]
    return "\n\n".join([*blocks, filled(_MORE)])


def extended(table: CommandTable) -> str:
    """The commands that are wanted less often."""
    return _list(one for one in table if one.shelf is Shelf.EXTENDED and one.module == BUILT_IN)


def modules(table: CommandTable) -> list[str]:
    """The modules whose commands are there."""
    return sorted({one.module for one in table} - {BUILT_IN})


def topic(table: CommandTable, words: Sequence[str]) -> str:
    """All about the commands that begin with these words. Raises NotUnderstood if none do, and it is no module."""
    beginning = [one for one in table if _begins(one, words)]
    exact = [one for one in beginning if len(_head(one)) == len(words)]
    behind = [one for one in _listed(beginning) if one not in exact]
    if beginning:
        pages = [page(one) for one in exact]
        return "\n\n".join([*pages, *([_list(behind)] if behind else [])])
    name = " ".join(words)
    if name in modules(table):
        return _list(_listed(one for one in table if one.module == name))
    raise _unknown(table, words)


def topics(table: CommandTable, words: Sequence[str]) -> list[str]:
    """What `help` and these words could go on with."""
    heads = {_head(one)[len(words)] for one in table if _begins(one, words) and len(_head(one)) > len(words)}
    found = sorted(literal.spellings[0] for literal in heads)
    return found if words else [*found, EXTENDED, *modules(table)]


def page(command: Command) -> str:
    """All about one command."""
    parts = [shown(command.syntax), textwrap.indent(filled(command.summary), "  ")]
    if command.details:
        parts += ["", textwrap.indent(filled(command.details), "  ")]
    if command.examples:
        width = max(len(line) for line, _ in command.examples)
        parts += ["", *(f"  {line:<{width}}  {what}".rstrip() for line, what in command.examples)]
    return "\n".join(parts)


def module_page(name: str, module: Module) -> str:
    """All about one module, for `modulehelp`."""
    parts = [filled(f"{name}: {module.summary}"), filled(module.details), _list(_listed(module.commands))]
    return "\n\n".join(part for part in parts if part)


def fill_in(text: str, table: CommandTable) -> str:
    """The page in `docs`, with what stands in it between its marks made anew."""
    made = "\n".join(section(one) for one in table if one.shelf is not Shelf.HIDDEN)
    return _PAGE.sub(lambda found: f"{found[1]}\n{made}\n{found[2]}", text)


def section(command: Command) -> str:
    """All about one command, for the pages in `docs`."""
    parts = [f"### `{shown(command.syntax)}`", "", filled(command.summary, _PAGE_WIDTH)]
    if command.details:
        parts += ["", filled(command.details, _PAGE_WIDTH)]
    if command.examples:
        width = max(len(line) for line, _ in command.examples)
        lines = [f"    {line:<{width}}  # {what}" if what else f"    {line}" for line, what in command.examples]
        parts += ["", *lines]
    return "\n".join([*parts, ""])


def _unknown(table: CommandTable, words: Sequence[str]) -> NotUnderstood:
    name = " ".join(words)
    heads = [" ".join(map(str, _head(one))) for one in table]
    close = difflib.get_close_matches(name, [*heads, *modules(table), EXTENDED], n=1)
    meant = f"did you mean `help {close[0]}`?" if close else "`help` lists what there is"
    return NotUnderstood(f"{name!r} is neither a command nor a module that is enabled", hint=meant)


def _head(command: Command) -> tuple[Literal, ...]:
    """The words with which all its forms begin."""
    first, *others = (tuple(takewhile(lambda one: isinstance(one, Literal), form)) for form in command.forms)
    shared = takewhile(lambda same: len(set(same)) == 1, zip(first, *others, strict=False))
    return tuple(same[0] for same in shared if isinstance(same[0], Literal))


def _begins(command: Command, words: Sequence[str]) -> bool:
    head = _head(command)
    return len(words) <= len(head) and all(word in one.spellings for word, one in zip(words, head, strict=False))


def _listed(commands: Iterable[Command]) -> list[Command]:
    return [one for one in commands if one.shelf is not Shelf.HIDDEN]


def _list(commands: Iterable[Command]) -> str:
    return "\n".join(
        textwrap.fill(f"{shown(one.syntax)} -- {one.summary}", _WIDTH, subsequent_indent="    ") for one in commands
    )


def filled(text: str, width: int = _WIDTH) -> str:
    """Each line of the text as a paragraph of this width, with rules such as `own-port=yes` in one piece."""
    return "\n".join(textwrap.fill(line, width, break_on_hyphens=False) for line in text.splitlines())


def main(arguments: Sequence[str]) -> int:
    """Bring the page up to date."""
    from seattle.shell.commands import BUILT_IN_COMMANDS  # noqa: PLC0415 - `help` is one of them

    file = Path(arguments[0])
    file.write_text(fill_in(file.read_text(encoding="utf-8"), CommandTable(BUILT_IN_COMMANDS)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
