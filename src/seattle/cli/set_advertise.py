"""`seattle set-advertise`: whether the directory tells of vessels."""

from enum import StrEnum
from typing import Annotated, Final

import typer

from seattle.cli.console import Json
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (("seattle set-advertise --on UAB/v1 off", "nobody finds it there any more, also not you"),)


class Switch(StrEnum):
    """One of two."""

    ON = "on"
    OFF = "off"


def set_advertise(
    switch: Annotated[Switch, typer.Argument(metavar="on|off")],
    *,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Set whether the directory tells owner and users of your vessels. Only an owner can do this."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        results = vessels.set_advertise(advertise=switch is Switch.ON)
        finish("did not change it", results, as_json=as_json)
