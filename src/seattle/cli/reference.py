"""`python -m seattle.cli.reference docs/seattle-command.md` makes the command's page and all else of it anew.

What is between two marks in the page is made of the commands themselves; the rest is written by hand:

    <!-- table -->      all commands, in one line each
    <!-- commands -->   a section for each
    <!-- end -->

Besides, what completion knows, and the help pages that are kept.
"""

import argparse
import importlib
import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from enum import Enum
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args
from unittest import mock

import msgspec
from typer.main import get_command

from seattle.cli import kept_help
from seattle.cli.command_words import FILE, CommandWords, OptionWords, Takes
from seattle.cli.commands import COMMANDS, app
from seattle.node import daemon_options
from seattle.repy.cli import check, limits, log, version, walls
from seattle.repy.cli import run as repy_run

_REGION: Final = re.compile(r"(<!-- (?P<what>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_REPY: Final = {"run": repy_run, "check": check, "log": log, "limits": limits, "walls": walls, "version": version}
_DAEMONS: Final = {"seattle node run": daemon_options.parser}
BAR: Final = r"\|"  # within a cell of a table
_NO_SUBCOMMANDS: Final[dict[str, Any]] = {}


class Page(NamedTuple):
    """One command."""

    line: str  # `seattle key new`
    command: Any  # typer's, whose type is not public
    examples: tuple[tuple[str, str], ...]


def pages() -> Iterator[Page]:
    """All commands that are not hidden, each before those that it has."""
    root = get_command(app)
    for name, entry in COMMANDS.items():
        if not entry.hidden:
            examples = getattr(importlib.import_module(entry.module), "EXAMPLES", ())
            yield from _with_subcommands(f"seattle {name}", root.get_command(None, name), examples)  # type: ignore[attr-defined]


def fill_in(page: str) -> str:
    """The page with everything between its marks made anew."""
    makers = {"table": _table, "commands": _sections}
    return _REGION.sub(lambda match: f"{match[1]}\n{makers[match['what']]()}\n\n{match[3]}", page)


def completion() -> bytes:
    """The table that completion is made of."""
    root = CommandWords("seattle", "", (OptionWords(("--version",), "Show the version."), _HELP))
    words = [root, *(_words(page) for page in pages()), *_repy_words()]
    return msgspec.json.format(msgspec.json.encode(words), indent=1) + b"\n"


def help_pages() -> bytes:
    """The help page of each command, by its words (`seattle`'s own: none), as on a terminal of the usual width."""
    texts = {"": _shown("seattle")}
    texts |= {page.line.partition(" ")[2]: _shown(page.line) for page in pages() if not _passes_help_on(page)}
    return msgspec.json.format(msgspec.json.encode(texts), indent=1) + b"\n"


def _passes_help_on(page: Page) -> bool:
    """Whether it is a daemon's own page that is shown."""
    return bool(page.command.context_settings.get("help_option_names") == [])


def _shown(line: str) -> str:
    """What `line --help` prints."""
    program, *words = line.split()
    shown = io.StringIO()
    with mock.patch.dict(os.environ, COLUMNS=str(kept_help.WIDTH)), redirect_stdout(shown):
        get_command(app).main([*words, kept_help.OPTION], prog_name=program, standalone_mode=False)
    return shown.getvalue()


def _with_subcommands(line: str, command: Any, examples: tuple[tuple[str, str], ...]) -> Iterator[Page]:
    yield Page(line, command, examples)
    for name, inner in getattr(command, "commands", _NO_SUBCOMMANDS).items():
        if not inner.hidden:
            yield from _with_subcommands(f"{line} {name}", inner, ())


def _table() -> str:
    rows = [f"| [`{page.line}`](#{_anchor(page)}) | {_first(page)} |" for page in pages()]
    return "\n".join(["| command | what it does |", "| --- | --- |", *rows])


def _sections() -> str:
    return "\n\n".join(_section(page) for page in pages())


def _section(page: Page) -> str:
    parts = [f"### `{page.line}`", f"    {_usage(page)}", _about(page)]
    rows = [_row(option) for option in _words(page).options if option is not _HELP]
    arguments = [f"| `{_bars(one.metavar)}` | {_cell(one.help)} |" for one in _arguments(page.command) if one.help]
    if arguments or rows:
        parts.append("\n".join(["| word | what it means |", "| --- | --- |", *arguments, *rows]))
    if page.examples:
        parts.append("\n".join(f"    {line}  # {words}" for line, words in page.examples))
    return "\n\n".join(parts)


def _usage(page: Page) -> str:
    words = [page.line]
    words += ["[OPTION ...]"] if _options(page.command) or _passes_help_on(page) else []
    words += ["COMMAND ..."] if getattr(page.command, "commands", None) else []
    for one in _arguments(page.command):
        many = " ..." if one.nargs != 1 else ""
        words.append(f"{one.metavar or one.name.upper()}{many}" if one.required else f"[{one.metavar}{many}]")
    return " ".join(words)


def _about(page: Page) -> str:
    return "\n\n".join(" ".join(one.split()) for one in (page.command.help or "").split("\n\n")).strip()


def _first(page: Page) -> str:
    """Its first sentence or paragraph."""
    return _about(page).partition("\n\n")[0]


def _row(option: OptionWords) -> str:
    names = ", ".join(f"`{name}{f' {option.value}' if option.value else ''}`" for name in option.names)
    return f"| {_bars(names)} | {_cell(option.about)} |"


def _cell(text: str | None) -> str:
    return _bars(_line(text)).replace("*", r"\*")


def _bars(text: str) -> str:
    return text.replace("|", BAR)


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _anchor(page: Page) -> str:
    return page.line.replace(" ", "-")


def _words(page: Page) -> CommandWords:
    if _passes_help_on(page):
        return CommandWords(page.line, _first(page).partition(". ")[0].rstrip("."), (*_daemons_options(page), _HELP))
    taken = [_takes(one) for one in _arguments(page.command)]
    return CommandWords(
        line=page.line,
        about=_first(page).partition(". ")[0].rstrip("."),
        options=(*map(_option, _options(page.command)), _HELP),
        takes=next((one for one in taken if one is not Takes.WORD), Takes.WORD) if taken else Takes.NOTHING,
        choices=tuple(choice for one in _arguments(page.command) for choice in _choices(one)),
    )


_HELP: Final = OptionWords(("--help",), "Show the help page.")


def _option(option: Any) -> OptionWords:
    value = "" if option.is_flag else option.metavar or _value_of(option)
    return OptionWords(
        names=(*option.opts, *option.secondary_opts),
        about=_line(option.help),
        takes=Takes.NOTHING if option.is_flag else _takes(option),
        value=value,
        choices=() if option.is_flag else _choices(option),
    )


def _daemons_options(page: Page) -> Iterator[OptionWords]:
    """What a daemon that reads its options itself takes."""
    for action in _DAEMONS[page.line]()._actions:
        if not isinstance(action, argparse._HelpAction):
            value = "" if action.nargs == 0 else str(action.metavar)
            takes = Takes.NOTHING if not value else Takes.FILE if action.type is Path else Takes.WORD
            yield OptionWords(tuple(action.option_strings), _line(action.help), takes, value)


def _value_of(option: Any) -> str:
    match _annotation(option):
        case kind if issubclass(kind, Enum):
            return "|".join(str(one.value) for one in kind)
        case kind if issubclass(kind, Path):
            return "PATH"
        case kind:
            return "N" if kind is int else "TEXT"


def _takes(parameter: Any) -> Takes:
    name, kind = parameter.metavar or "", _annotation(parameter)
    if parameter.name == "profile":
        return Takes.PROFILE
    if name in {"WHERE", "NODE/VESSEL"}:
        return Takes.VESSEL
    if "FOLDER" in name or "DIR" in name:
        return Takes.FOLDER
    is_file = issubclass(kind, Path) or "FILE" in name or name in {"PROGRAM", "KEY"}
    return Takes.FILE if is_file else Takes.WORD


def _choices(parameter: Any) -> tuple[str, ...]:
    kind = _annotation(parameter)
    return tuple(str(one.value) for one in kind) if issubclass(kind, Enum) else ()


def _annotation(parameter: Any) -> type[Any]:
    annotation = parameter.type_descriptor.annotation
    inner = get_args(annotation)[0] if get_args(annotation) else annotation
    return inner if isinstance(inner, type) else str


def _options(command: Any) -> list[Any]:
    return [one for one in command.params if one.param_type_name == "option" and not one.hidden]


def _arguments(command: Any) -> list[Any]:
    return [one for one in command.params if one.param_type_name == "argument"]


def _repy_words() -> Iterator[CommandWords]:
    """`repy` and its commands; without one of them it is `repy run`."""
    yield CommandWords("repy", "", _repy_options("run"), Takes.FILE, choices=tuple(_REPY))
    for name in _REPY:
        yield CommandWords(f"repy {name}", _REPY[name].COMMAND.about, _repy_options(name), Takes.FILE)


def _repy_options(name: str) -> tuple[OptionWords, ...]:
    return tuple(
        OptionWords(
            (one.name,),
            _line(one.about),
            Takes.FILE if one.value else Takes.NOTHING,
            one.value,
            one.choices,
        )
        for one in _REPY[name].COMMAND.options
    )


if __name__ == "__main__":
    FILE.write_bytes(completion())
    kept_help.FILE.write_bytes(help_pages())
    for path in map(Path, sys.argv[1:]):
        path.write_text(fill_in(path.read_text(encoding="utf-8")), encoding="utf-8")
