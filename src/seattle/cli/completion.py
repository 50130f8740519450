"""`seattle completion`: a script that has a shell complete our commands."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from seattle.cli.completion_scripts import SCRIPTS
from seattle.cli.console import WrongUsage, reporting

EXAMPLES: Final = (
    ('eval "$(seattle completion bash)"', "in ~/.bashrc"),
    ('eval "$(seattle completion zsh)"', "in ~/.zshrc, after compinit"),
    ("seattle completion fish > ~/.config/fish/completions/seattle.fish", "once, and after an update"),
)


class Shell(StrEnum):
    """The shells that we know."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    shell: Annotated[Shell | None, typer.Argument(metavar="SHELL", help="bash, zsh or fish; default: $SHELL.")] = None,
) -> None:
    """Print a script by which a shell completes our commands, their options, files and profiles. It asks nobody."""
    with reporting():
        typer.echo(SCRIPTS[(shell or _of_user()).value](), nl=False)


def _of_user() -> Shell:
    name = Path(os.environ.get("SHELL", "")).name
    try:
        return Shell(name)
    except ValueError as why:
        raise WrongUsage("say which shell: seattle completion bash|zsh|fish") from why
