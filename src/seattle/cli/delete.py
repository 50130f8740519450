"""`seattle delete`: delete files in vessels."""

from typing import Annotated, Final

import typer

from seattle.cli.console import Json
from seattle.cli.several import together
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (("seattle delete greeting.txt", "in all your vessels; `seattle reset` deletes everything"),)


def delete(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="The files' names in the vessels.")],
    *,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Delete files in your vessels."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        results = together([vessels.delete(name) for name in names])
        finish("did not delete it", results, as_json=as_json)
