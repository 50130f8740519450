"""`seattle stop`: stop the programs that run."""

from typing import Final

from seattle.cli.console import Json
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (
    ("seattle stop", "in all your vessels"),
    ("seattle stop --on UAB/v1 --on UCD", "in a vessel, and in all of yours on another node"),
)


def stop(*, on: OnOption = None, profile: ProfileOption = None, as_json: Json = False) -> None:
    """Stop the programs that run in your vessels."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        finish("were not stopped", vessels.stop(), as_json=as_json)
