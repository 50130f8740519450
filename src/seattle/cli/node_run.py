"""`seattle node run`: become the daemon."""

import os
import sys
from typing import Final

import typer

# Its options are the daemon's own: what we don't know, `--help` too, is passed on.
AS_IT_COMES: Final = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def run(context: typer.Context) -> None:
    """Be a node until Ctrl-C, which stops what runs, or SIGTERM, which leaves it to the next daemon."""
    # A process anew: what the command line needed would stay in the daemon's memory. -P: not from where we stand.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "seattle.node", *context.args])  # noqa: S606 - no shell
