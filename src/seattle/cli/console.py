"""What all subcommands share: what goes where, and how they end."""

import errno
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Annotated, Final

import typer

MOST_NAMED: Final = 5  # of many that failed

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class ExitCode(IntEnum):
    """How a command ends."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    DONE_IN_PART = 3


class WrongUsage(Exception):  # noqa: N818 - named for what went wrong, as the errors of the client are
    """The command line asks for something that makes no sense; the text says what does."""


def say(line: str) -> None:
    """A line for people, on stderr."""
    typer.echo(visible(line), err=True)


def print_json(data: object) -> None:
    """Data for programs: one JSON text on a line of stdout, at once."""
    try:
        text = json.dumps(data, allow_nan=False)
    except ValueError:  # a node may tell of numbers that are none, for which JSON has no words: null
        import msgspec  # noqa: PLC0415 - slow to import, and nodes don't do this

        text = json.dumps(msgspec.json.decode(msgspec.json.encode(data)))
    print(text, flush=True)


def visible(text: str) -> str:
    r"""The text with control characters as `\x1b`: what others wrote must not steer a terminal."""
    return "".join(one if one.isprintable() or one == "\t" else _escaped(one) for one in text)


def to_terminal() -> bool:
    """Whether people look at stdout, and want colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def counted(number: int, what: str) -> str:
    """`1 vessel`, `2 vessels`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def tell_failures(what: str, failures: Sequence[tuple[object, str]], *, of: int) -> None:
    """Say which of many failed, and why: `error: 3 of 5 vessels did not start: A/v1, B/v1 (the disk is full), ...`."""
    if not failures:
        return
    places: dict[str, list[str]] = {}  # by reason, which is often the same
    for where, why in failures[:MOST_NAMED]:
        places.setdefault(why, []).append(str(where))
    named = ", ".join(f"{', '.join(same)} ({why})" for why, same in places.items())
    more = f" and {len(failures) - MOST_NAMED} more" if len(failures) > MOST_NAMED else ""
    say(f"error: {len(failures)} of {of} {what}: {named}{more}")


@contextmanager
def reporting(*expected: type[Exception]) -> Iterator[None]:
    """Turn wrong usage, files that can't be used and these families of errors into lines on stderr and an exit code."""
    families: tuple[type[Exception], ...] = (*expected, OSError)
    try:
        yield
    except WrongUsage as wrong:
        say(f"error: {wrong}")
        raise typer.Exit(ExitCode.WRONG_USAGE) from wrong
    except BrokenPipeError:  # whoever read our output has gone: the command ends without a word
        raise
    except families as failed:
        first, *more = _words(failed).splitlines() or [type(failed).__name__]
        say(f"error: {first}")
        for line in more:  # the end of a log, say
            say(f"  {line}")
        if hint := getattr(failed, "hint", "") or _hint(failed):
            say(f"hint: {hint}")
        raise typer.Exit(ExitCode.FAILED) from failed


def _words(failed: Exception) -> str:
    """What an error says to people: of the system's, the file and what is the matter with it, without a number."""
    if isinstance(failed, FileExistsError) and failed.filename is not None:
        return f"{failed.filename}: there is something of this name already; choose another"
    if isinstance(failed, OSError) and failed.strerror and str(failed).startswith("[Errno"):
        return failed.strerror if failed.filename is None else f"{failed.filename}: {failed.strerror}"
    return str(failed)


def _hint(failed: Exception) -> str:
    is_full = isinstance(failed, OSError) and failed.errno in {errno.ENOSPC, errno.EDQUOT}
    return "make room on that disk, or name a place on another one" if is_full else ""


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
