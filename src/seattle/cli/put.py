"""`seattle put`: put a file into vessels."""

from pathlib import Path
from typing import Annotated, Final

import typer

from seattle.cli.progress import TransferBar
from seattle.cli.vessel_options import JsonOption, OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (
    ("seattle put data.csv", "into all your vessels"),
    ("seattle put data.csv --as input.csv --on UAB", "under another name, into those on a node"),
)


def put(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file on this computer.")],
    *,
    name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Its name in the vessels.")] = None,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a file into your vessels. One that was broken off goes on where it was."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        with TransferBar(f"sending {file.name}", len(vessels)) as moved:
            results = vessels.upload(file, name, progress=moved)
        finish("did not take it", results, as_json=as_json, facts=lambda size: {"size": size})
