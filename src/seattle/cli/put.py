"""`seattle put`: put files into vessels."""

from pathlib import Path
from typing import Annotated, Final

import typer

from seattle.cli.console import Json, WrongUsage
from seattle.cli.progress import TransferBar
from seattle.cli.several import together
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting
from seattle.client import Results, VesselGroup

EXAMPLES: Final = (
    ("seattle put data.csv more.csv", "into all your vessels"),
    ("seattle put data.csv --as input.csv --on UAB", "under another name, into those on a node"),
)


def put(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Files on this computer.")],
    *,
    name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="The name in the vessels, of a single file.")
    ] = None,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Put files into your vessels. What was broken off goes on where it was."""
    with reporting():
        if name is not None and len(files) > 1:
            raise WrongUsage("--as is for a single file")
        with chosen_vessels(profile, on) as vessels:
            results = together([_put(vessels, file, name) for file in files])
            finish("did not take it", results, as_json=as_json, facts=lambda sizes: {"size": sum(sizes)})


def _put(vessels: VesselGroup, file: Path, name: str | None) -> Results[int]:
    with TransferBar(f"sending {file.name}", len(vessels)) as moved:
        return vessels.upload(file, name, progress=moved)
