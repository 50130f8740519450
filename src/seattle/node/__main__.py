"""`python -m seattle.node --settings FILE`, which `seattle node run` turns into: see `command.py`.

Its options are read by argparse. Typer reads them by way of pydantic, and a daemon would carry those 8 MB for life.
"""

import argparse
import os
import sys
from pathlib import Path

import typer

from seattle.node.command import DEFAULT_SETTINGS, run
from seattle.node.settings import SETTINGS_VARIABLE


def main() -> int:
    """Be a node; the exit code."""
    parser = argparse.ArgumentParser(prog="seattle node run", description=run.__doc__, allow_abbrev=False)
    parser.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        default=Path(os.environ.get(SETTINGS_VARIABLE) or DEFAULT_SETTINGS),
        help=f"The node's settings file (default: {SETTINGS_VARIABLE}, else {DEFAULT_SETTINGS}).",
    )
    parser.add_argument("--check", action="store_true", help="Look at the settings, say what is wrong, and exit.")
    parser.add_argument(
        "--exit-with-parent-fd", type=int, metavar="FD", help="End when the other end of this descriptor is closed."
    )
    parser.add_argument(
        "--ready-fd", type=int, metavar="FD", help="Write a line to this descriptor once the node serves."
    )
    given = parser.parse_args()
    try:
        run(
            given.settings,
            check=given.check,
            exit_with_parent_fd=given.exit_with_parent_fd,
            ready_fd=given.ready_fd,
        )
    except typer.Exit as end:
        return end.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
