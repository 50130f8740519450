"""The `repy` command: run a program, check programs, show what walls this machine has.

This module and `run` are on the way of every start, so they import next to nothing; see `seattle.repy.launch`.
"""

import sys

USAGE = """\
usage: repy [OPTIONS] PROGRAM [ARG ...]     run a Repy program
       repy check [--json] FILE ...         say what in a program is not Repy
       repy check --rules                   show all rules, and the modules there are
       repy walls [--json]                  show which walls stand on this machine

options, before PROGRAM; what follows it belongs to the program:
  --restrictions FILE  resources that the program may use (default: plenty)
  --cwd DIR            folder with the program's files (default: the current one)
  --walls WHICH        both (default), or kernel or language alone, for programs of your own
  --layer FILE         run the program beneath this security layer; of several, the first is the outermost
  --allow-private      let the program reach private networks
  --version, --help

exit codes: 0 finished, 1 exception, 2 wrong usage, 4 refused by the checker, 5 killed for a resource,
            6 stopped, 7 sandbox violation or crash

example: repy hello.py    (a program called check or walls is run as ./check or ./walls)
"""


def main() -> int:
    """Do what the command line says; the exit code."""
    words = sys.argv[1:]
    match words[:1]:
        case ["check"]:
            from seattle.repy.cli.check import main as command  # noqa: PLC0415 - costs nothing where it isn't asked for
        case ["walls"]:
            from seattle.repy.cli.walls import main as command  # noqa: PLC0415
        case [] | ["--help"] | ["-h"]:
            print(USAGE, end="", file=sys.stdout if words else sys.stderr)
            return 0 if words else 2
        case ["--version"]:
            from seattle.repy.cli.version import main as command  # noqa: PLC0415
        case _:
            from seattle.repy.cli.run import main as command  # noqa: PLC0415

            return command(words)
    return command(words[1:])
