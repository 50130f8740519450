"""`seattle split`: make two vessels of one."""

from typing import Annotated, Final

import typer

from seattle.cli.amounts import read_amounts
from seattle.cli.console import Json
from seattle.cli.tables import print_table
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (
    ("seattle split --on UAB/v1 cpu=0.05 memory=32M diskused=10M", "a vessel with these, and one with what is left"),
)


def split(
    amounts: Annotated[
        list[str],
        typer.Argument(metavar="NAME=AMOUNT", help="What one of the two gets: at least cpu, memory and diskused."),
    ],
    *,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Make two of each of your vessels: one with these resources, and one with what then is left.

    Nothing may run in them, and their files and logs are deleted. `seattle resources --cost` tells what a split costs,
    and `seattle join` takes it back. Only an owner can do this.
    """
    with reporting():
        wanted = read_amounts(amounts)
        with chosen_vessels(profile, on) as vessels:
            results = vessels.split(wanted)
            if not as_json and results.ok:
                rows = [[str(one.vessel), str(one.value.part), str(one.value.rest)] for one in results.ok]
                print_table(["was", "as asked", "the rest"], rows)
            finish(
                "were not split",
                results,
                as_json=as_json,
                facts=lambda parts: {"part": str(parts.part), "rest": str(parts.rest)},
            )
