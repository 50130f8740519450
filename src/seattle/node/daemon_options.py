"""What the daemon can be told on its command line."""

import argparse
import os
from pathlib import Path
from typing import Final

from seattle.node.settings import DEFAULT_SETTINGS, SETTINGS_VARIABLE

DESCRIPTION: Final = (
    "Be a node until Ctrl-C (SIGINT), which stops what runs, or SIGTERM, which leaves it to the next daemon."
)


def parser() -> argparse.ArgumentParser:
    """Reads its options, and shows them."""
    options = argparse.ArgumentParser(prog="seattle node run", description=DESCRIPTION, allow_abbrev=False)
    options.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        default=Path(os.environ.get(SETTINGS_VARIABLE) or DEFAULT_SETTINGS),
        help=f"The node's settings file (default: {SETTINGS_VARIABLE}, else {DEFAULT_SETTINGS}).",
    )
    options.add_argument("--check", action="store_true", help="Look at the settings, say what is wrong, and exit.")
    options.add_argument(
        "--exit-with-parent-fd", type=int, metavar="FD", help="End when the other end of this descriptor is closed."
    )
    options.add_argument(
        "--ready-fd", type=int, metavar="FD", help="Write a line to this descriptor once the node serves."
    )
    return options
