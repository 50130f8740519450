"""`seattle get-file`: fetch a file from vessels."""

from pathlib import Path
from typing import Annotated, Final

import typer

from seattle.cli.console import Json
from seattle.cli.progress import TransferBar
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (
    ("seattle get-file greeting.txt --into results", "from all your vessels, to results/NODE_VESSEL_greeting.txt"),
)


def get_file(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The file's name in the vessels.")],
    *,
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="The folder for the files.")] = Path(),
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Fetch a file from each of your vessels and print the paths: DIR/NODE_VESSEL_NAME."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        with TransferBar(f"fetching {name}", len(vessels)) as moved:
            results = vessels.download(name, into, progress=moved)
        if not as_json:
            for path in results.values:
                typer.echo(path)
        finish("did not give it", results, as_json=as_json, facts=lambda path: {"path": str(path)})
