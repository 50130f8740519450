"""`seattle help`: a command's page, with examples."""

from typing import Annotated, Final

import typer

from seattle.cli.commands import run_command
from seattle.cli.kept_help import OPTION, show_kept_page

EXAMPLES: Final = (
    ("seattle help run", "what `seattle run --help` shows"),
    ("seattle help key new", "of a command that has others"),
)


def help_page(
    command: Annotated[list[str] | None, typer.Argument(metavar="COMMAND", help="Which one.")] = None,
) -> None:
    """Show what a command does, its options, and examples."""
    words = [*(command or []), OPTION]
    if not show_kept_page(words):
        raise typer.Exit(run_command(words))
