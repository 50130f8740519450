"""`seattle set-users`: say who may use vessels besides their owner."""

from typing import Annotated, Final

import typer

from seattle.cli.console import Json, WrongUsage
from seattle.cli.key import KeysDir, find_public
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (
    ("seattle set-users --on UAB bob.pub carol.pub", "the keys in these two files, and nobody else"),
    ("seattle set-users --nobody", "only you"),
)


def set_users(
    keys_dir: KeysDir,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="KEY", help="A key's name, its public file, or its id.")
    ] = None,
    *,
    nobody: Annotated[bool, typer.Option("--nobody", help="Leave no user but the owner.")] = False,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Set who may use your vessels, in place of all who might until now. What runs is not disturbed.

    Only an owner can do this.
    """
    with reporting():
        if bool(keys) == nobody:
            raise WrongUsage("name the keys of the users, or say --nobody")
        users = [find_public(one, keys_dir)[0] for one in keys or ()]
        with chosen_vessels(profile, on) as vessels:
            finish("did not change their users", vessels.set_users(users), as_json=as_json)
