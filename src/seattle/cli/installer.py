"""`seattle installer`: make what donors run to have a node."""

from pathlib import Path
from typing import Annotated, Final

import typer

from seattle.cli.console import print_json, reporting
from seattle.cli.vessel_options import JsonOption
from seattle.installer.bundling import make_bundle
from seattle.installer.standalone.bundles import Bundle
from seattle.installer.standalone.errors import InstallerError

app = typer.Typer(
    add_completion=False,
    name="installer",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
)

EXAMPLES: Final = (
    ("seattle installer bundle wheels seattle.bundle", "a release as one file, of the wheels in a folder"),
)


@app.callback()
def _commands() -> None:
    """Make the file that a donor runs to have a node, and the bundle of a release that it carries."""


@app.command()
def bundle(
    wheels: Annotated[Path, typer.Argument(metavar="WHEELS", help="A folder with Seattle's wheel and all it needs.")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle to be made.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Make the bundle of a release: what installers carry, and what nodes fetch as an update."""
    with reporting(InstallerError):
        version = make_bundle(wheels, out)
        with Bundle(out) as made:
            made.check()
            pythons = made.pythons
        if as_json:
            print_json({"version": version, "pythons": pythons, "size": out.stat().st_size, "file": str(out)})
        else:
            print(f"version {version} for {', '.join(pythons)}: {out.stat().st_size:,} bytes in {out}")
