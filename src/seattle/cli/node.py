"""`seattle node`: set a node up, check it, and be it."""

from typing import Annotated

import typer

from seattle.cli.console import print_json, reporting, say
from seattle.cli.node_init import benchmark, init
from seattle.identity.errors import IdentityError
from seattle.node.command import SettingsFile, run
from seattle.node.daemon import first_vessels
from seattle.node.errors import NodeError
from seattle.node.settings import load_settings
from seattle.node.vesselinfo import read_vesselinfo

# Locals of a frame may be keys: a traceback must not show them.
app = typer.Typer(
    add_completion=False,
    name="node",
    help="Donate a part of this computer: set a node up, check it, and run it.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app.command("benchmark")(benchmark)
app.command("init")(init)
app.command("run")(run)


@app.command()
def check(settings: SettingsFile, *, as_json: Json = False) -> None:
    """Look at a node's settings and say what is wrong with them."""
    with reporting(NodeError, IdentityError):
        loaded = load_settings(settings)
        first_vessels(read_vesselinfo(loaded.vesselinfo_file), loaded)
        if as_json:
            print_json({"ok": True, "folder": str(loaded.folder)})
        else:
            say(f"{settings} is fine")
