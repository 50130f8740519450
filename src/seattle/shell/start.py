"""The command line of seash. Nothing here may take long to import: the first prompt waits for it."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_DESCRIPTION: Final = "The interactive shell of Seattle: find vessels, run programs on them, and watch."
_MORE: Final = """\
Without FILE and -c the shell asks for lines at a prompt, or reads them from stdin where that is no terminal.
It ends with 0 when all lines were done, 1 when one failed, 2 for a wrong command line, and 3 when a command was done
on some of its vessels only.

  seash                                     at a prompt; begin with `help`
  seash -c "as joe browse; on %all list"    two commands
  seash deploy.seash                        the lines of a file
"""
STDIN: Final = "-"


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    script: str | None  # a file, or `-`
    lines: tuple[str, ...]  # of -c
    profile: str | None
    identity: str | None
    keep_going: bool


def start(arguments: Sequence[str]) -> int:
    """Do what the command line says; the exit code."""
    options = _parse(arguments)
    if options.lines or options.script is not None:
        from seattle.shell.script import do_script  # noqa: PLC0415 - each way loads only what it needs

        return do_script(options)
    from seattle.shell.interactive import converse  # noqa: PLC0415 - as above

    return converse(options)


def _parse(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        "seash", description=_DESCRIPTION, epilog=_MORE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="do the lines of this file; - is stdin")
    parser.add_argument(
        "-c", action="append", default=[], dest="lines", metavar="COMMANDS", help="do these, divided by semicolons"
    )
    parser.add_argument("--profile", metavar="NAME", help="the testbed: a profile's name or folder")
    parser.add_argument("--identity", metavar="NAME", help="as `as NAME` at the beginning")
    parser.add_argument("--keep-going", action="store_true", help="go on after a line of a script that failed")
    parser.add_argument("--version", action="store_true", help="show the version")
    found = parser.parse_args(arguments)
    if found.version:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and seldom wanted

        print(f"seash {version('seattle')}")
        sys.exit(0)
    if found.lines and found.file is not None:
        parser.error("give one of FILE and -c")
    script = found.file
    if script is None and not found.lines and not sys.stdin.isatty():
        script = STDIN
    return Options(script, tuple(found.lines), found.profile, found.identity, found.keep_going)
