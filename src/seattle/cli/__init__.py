"""The `seattle` command. A file for each subcommand; this one knows their names, and imports only the one asked for.

What all of them share is in `console.py`: data on stdout, everything else on stderr, `--json` for programs, and the
exit codes. `vessel_options.py` has the options of those that work on vessels.

May import: everything below it. Nothing imports this.
"""

import sys
from typing import Final

NOT_INSTALLED: Final = """\
error: this installation can run programs (`repy`) and lacks what talks to other computers
hint: pip install 'seattle[testbed]'
"""
FAILED: Final = 1
INTERRUPTED: Final = 130  # as a shell reports Ctrl-C


def main() -> int:
    """Do what the command line says; the exit code."""
    try:
        return _run()
    except KeyboardInterrupt:  # before the command is there that would deal with it
        return INTERRUPTED


def _run() -> int:
    try:
        import typer  # noqa: F401, PLC0415 - only to tell what is missing
    except ModuleNotFoundError:
        sys.stderr.write(NOT_INSTALLED)
        return FAILED
    from seattle.cli.commands import run_command  # noqa: PLC0415 - needs what was looked for above

    return run_command(sys.argv[1:])
