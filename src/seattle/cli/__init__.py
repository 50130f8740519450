"""The `seattle` command. A file for each subcommand; this one knows their names, and imports only the one asked for.

What all of them share is in `console.py`: data on stdout, everything else on stderr, `--json` for programs, and the
exit codes. `vessel_options.py` has the options of those that work on vessels.

May import: everything below it. Nothing imports this.
"""

import sys
from importlib.util import find_spec
from typing import Final

NOT_INSTALLED: Final = """\
error: this installation can run programs (`repy`) and lacks what talks to other computers
hint: pip install 'seattle[testbed]'
"""
DONE: Final = 0
FAILED: Final = 1
INTERRUPTED: Final = 130  # as a shell reports Ctrl-C


def main() -> int:
    """Do what the command line says; the exit code."""
    try:
        return _run()
    except KeyboardInterrupt:  # before the command is there that would deal with it
        return INTERRUPTED


def _run() -> int:
    if find_spec("typer") is None:
        sys.stderr.write(NOT_INSTALLED)
        return FAILED
    from seattle.cli.kept_help import show_kept_page, spelt_out  # noqa: PLC0415 - nothing for who lacks the rest

    words = spelt_out(sys.argv[1:])
    if show_kept_page(words):
        return DONE
    from seattle.cli.commands import run_command  # noqa: PLC0415 - slow, and a help page need not wait for it

    return run_command(words)
