"""`seattle set-owner`: give vessels away."""

import sys
from typing import Annotated, Final

import typer

from seattle.cli.console import Json, WrongUsage
from seattle.cli.key import KeysDir, find_public
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (("seattle set-owner --on UAB/v1 bob.pub", "give one vessel to whoever has this key"),)


def set_owner(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="The new owner's: a key's name, its public file, or its id.")
    ],
    keys_dir: KeysDir,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Give your vessels to another owner. Your words on them are emptied; users and what runs stay.

    There is no way back but the new owner's. Only an owner can do this.
    """
    with reporting():
        owner = find_public(key, keys_dir)[0]
        if not yes and not sys.stdin.isatty():
            raise WrongUsage("this gives the vessels away: say --yes, since nobody is here to be asked")
        with chosen_vessels(profile, on) as vessels:
            if not yes:
                typer.confirm(f"Give {len(vessels)} vessels to {owner}?", abort=True, err=True)
            finish("were not given away", vessels.set_owner(owner), as_json=as_json)
