"""`seattle delete`: delete files in vessels."""

from typing import Annotated, Final

import typer

from seattle.cli.vessel_options import JsonOption, OnOption, ProfileOption, chosen_vessels, finish, reporting
from seattle.client import Failure, Results, Success

EXAMPLES: Final = (("seattle delete greeting.txt", "in all your vessels; `seattle reset` deletes everything"),)


def delete(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="The files' names in the vessels.")],
    *,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete files in your vessels."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        asked = [vessels.delete(name) for name in names]
        results: list[Success[None] | Failure] = []
        for one, *others in zip(*asked, strict=True):  # a vessel that failed once has failed
            results.append(next((each for each in (one, *others) if isinstance(each, Failure)), one))
        finish("did not delete it", Results(results), as_json=as_json)
