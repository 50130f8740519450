"""`seattle set-owner-info`: say something about vessels."""

from typing import Annotated, Final

import typer

from seattle.cli.console import Json
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (("seattle set-owner-info --on UAB 'for the course on networks'", "those who may use them read it"),)


def set_owner_info(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="At most 256 characters on one line; '' for nothing.")],
    *,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Set your words about your vessels. Only an owner can do this."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        finish("did not take the words", vessels.set_owner_information(text), as_json=as_json)
