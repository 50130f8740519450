"""`seattle reset`: make vessels as they were at first."""

import sys
from typing import Annotated, Final

import typer

from seattle.cli.console import Json, WrongUsage
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (("seattle reset --yes", "all your vessels, without being asked"),)


def reset(
    *,
    on: OnOption = None,
    profile: ProfileOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: Json = False,
) -> None:
    """Stop what runs in your vessels, and delete all their files and logs. There is no way back."""
    with reporting():
        if not yes and not sys.stdin.isatty():
            raise WrongUsage("this deletes all files and logs: say --yes, since nobody is here to be asked")
        with chosen_vessels(profile, on) as vessels:
            if not yes:
                typer.confirm(f"Delete all files and logs of {len(vessels)} vessels?", abort=True, err=True)
            finish("were not reset", vessels.reset(), as_json=as_json)
