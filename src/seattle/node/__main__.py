"""`python -m seattle.node --settings FILE`, which `seattle node run` turns into: see `command.py`.

A daemon carries what it imports for life. So its options are read by argparse, since Typer takes 8 MB, and two
packages do not exist for it that others would take along where they are installed: rich, another 4 MB, with which
structlog draws tracebacks, and aiohttp, 10 MB, over which nats-py speaks with brokers behind web sockets. Ours are
behind none.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Final

for unwanted in ("rich", "aiohttp"):
    sys.modules[unwanted] = None  # type: ignore[assignment]  # so that importing it fails

from seattle.node.command import run  # noqa: E402 - as above
from seattle.node.settings import DEFAULT_SETTINGS, SETTINGS_VARIABLE  # noqa: E402 - as above

DESCRIPTION: Final = (
    "Be a node until Ctrl-C (SIGINT), which stops what runs, or SIGTERM, which leaves it to the next daemon."
)


def main() -> int:
    """Be a node; the exit code."""
    parser = argparse.ArgumentParser(prog="seattle node run", description=DESCRIPTION, allow_abbrev=False)
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
    return run(
        given.settings, check=given.check, exit_with_parent_fd=given.exit_with_parent_fd, ready_fd=given.ready_fd
    )


if __name__ == "__main__":
    sys.exit(main())
