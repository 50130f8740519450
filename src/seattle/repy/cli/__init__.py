"""The `repy` command: run a program, check programs, show what walls this machine has.

This module, `options` and `run` are on the way of every start, so they import next to nothing; see
`seattle.repy.launch`.
"""

import os
import sys
from io import TextIOWrapper  # loaded already, by Python itself

from seattle.repy.cli.options import HelpWantedError, UsageError
from seattle.repy.cli.people import reason, say

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130  # as a shell reports Ctrl-C

_STDOUT, _STDERR = 1, 2

USAGE = """\
usage: repy [OPTION ...] PROGRAM [ARG ...]    run a Repy program; short for repy run
       repy run [OPTION ...] PROGRAM [ARG ...]
       repy check [--json] FILE ...           say what in a program is not Repy
       repy check [--json] --rules            show all rules, and the modules there are
       repy log [--follow] [--json] FOLDER    show what a run with --log has written, and how it ended
       repy limits [OPTION ...]               show the resources that a program gets, as a file to edit
       repy walls [--json]                    show which walls stand on this machine
       repy version [--json]
       repy COMMAND --help                    say more about a command

options of run, before PROGRAM; what follows it belongs to the program:
{options}
exit codes: 0 finished, 1 exception, 2 wrong usage, 4 refused by the checker, 5 killed for a resource,
            6 stopped, 7 sandbox violation or crash

example: repy hello.py    (a program that is called as a command is, such as check, is run as ./check)
"""


def main() -> int:
    """Do what the command line says; the exit code."""
    _hold_standard_descriptors()
    try:
        code = _do(sys.argv[1:])
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except UsageError as why:
        say(f"repy: error: {why}")
        return WRONG_USAGE
    except OSError as why:  # of stdout: commands tell of their own files themselves
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)  # Python will try once more to write what is left
        if not isinstance(why, BrokenPipeError):  # `repy check --rules | head` is everyday life
            say(f"repy: error: the output can't be written: {reason(why)}")
        return FAILED
    return code


def _hold_standard_descriptors() -> None:
    """Put nothing in the place of what our caller has closed: else our own files get these numbers, and are written."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(fd)


def _do(words: list[str]) -> int:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal has no letters for is no error
    try:
        return _obey(words)
    except HelpWantedError as wanted:
        print(wanted, end="")
        return 0


def _obey(words: list[str]) -> int:
    match words[:1]:
        case ["check"]:
            from seattle.repy.cli.check import main as command  # noqa: PLC0415 - costs nothing where it isn't asked for
        case ["log"]:
            from seattle.repy.cli.log import main as command  # noqa: PLC0415
        case ["limits"]:
            from seattle.repy.cli.limits import main as command  # noqa: PLC0415
        case ["walls"]:
            from seattle.repy.cli.walls import main as command  # noqa: PLC0415
        case ["version"] | ["--version"]:
            from seattle.repy.cli.version import main as command  # noqa: PLC0415
        case [] | ["help"] | ["--help"] | ["-h"]:
            if not words:
                say(_usage().rstrip())
                return WRONG_USAGE
            print(_usage(), end="")
            return 0
        case _:
            from seattle.repy.cli.run import main as command  # noqa: PLC0415

            return command(words[1:] if words[0] == "run" else words)
    return command(words[1:])


def _usage() -> str:
    from seattle.repy.cli.run import COMMAND  # noqa: PLC0415

    return USAGE.format(options=COMMAND.option_lines())
