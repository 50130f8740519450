"""What the commands of a clearinghouse need beyond the rest, and what they say where it is missing."""

from importlib.util import find_spec
from typing import Final

import typer

from seattle.cli.console import ExitCode, say

NOT_INSTALLED: Final = "this installation lacks the clearinghouse: pip install 'seattle[clearinghouse]'"
MIGRATE_FIRST: Final = "migrations are missing: run `seattle clearinghouse migrate` first"


def need_site() -> None:
    """Say what is missing, and end the command, where the clearinghouse is not installed."""
    if find_spec("django") is None:
        say(f"error: {NOT_INSTALLED}")
        raise typer.Exit(ExitCode.FAILED)
