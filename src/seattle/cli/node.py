"""`seattle node`: set a node up, check it, be it, and look at it (`node_views.py`)."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from seattle.cli import node_views
from seattle.cli.console import print_json, reporting, say
from seattle.identity.errors import IdentityError
from seattle.node.command import DEFAULT_SETTINGS, SettingsFile, run
from seattle.node.daemon import first_vessels
from seattle.node.errors import NodeError
from seattle.node.settings import NodeSettings, load_settings
from seattle.node.setup import SETTINGS_FILE, set_up
from seattle.node.vesselinfo import read_vesselinfo
from seattle.resources.splitting import FIRST_PORT

# Locals of a frame may be keys: a traceback must not show them.
app = typer.Typer(
    add_completion=False,
    name="node",
    help="Donate a part of this computer: set a node up, run it, and see what it does.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app.command("run")(run)
app.command("status")(node_views.status)
app.command("vessels")(node_views.vessels)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder for the node.")],
    *,
    vesselinfo: Annotated[Path, typer.Option(help="Who owns which part: `Percent N`, `Owner KEY`, `User KEY` lines.")],
    fabric: Annotated[list[str], typer.Option(help="A broker, as nats://HOST:PORT or tls://HOST:PORT.")],
    credential: Annotated[
        Path | None, typer.Option(help="Where the node's credential is, or will be (default: DIR/node.jwt).")
    ] = None,
    share: Annotated[float, typer.Option(help="How much of this computer to donate, from 0 to 1.")] = 0.10,
    first_port: Annotated[int, typer.Option(help="The vessels own this port and the 99 after it.")] = FIRST_PORT,
    as_json: Json = False,
) -> None:
    """Set a node up: make its key and its settings. Print the key, which the fabric has to enrol."""
    with reporting(NodeError, IdentityError):
        vessels = read_vesselinfo(vesselinfo)
        settings = NodeSettings(
            folder=Path(),
            fabric=fabric,
            credential_file=Path("node.jwt") if credential is None else credential.absolute(),
            share=share,
            first_port=first_port,
        )
        first_vessels(vessels, msgspec.structs.replace(settings, folder=folder.absolute()))  # while nothing is made yet
        public = set_up(folder, vessels=vessels, settings=settings)
        loaded = load_settings(folder / SETTINGS_FILE, {})
        if as_json:
            credential_file = str(loaded.credential_file)
            print_json({"node": public.id, "settings": str(folder / SETTINGS_FILE), "credential": credential_file})
        else:
            typer.echo(public.id)
            say(f"wrote {folder / SETTINGS_FILE}; enrol the node, and put its credential at {loaded.credential_file}:")
            say(f"hint: seattle fabric enrol {public.id} --role node --authority DIR >{loaded.credential_file}")
            say(f"hint: seattle node run --settings {folder / SETTINGS_FILE}")


@app.command()
def check(settings: SettingsFile = DEFAULT_SETTINGS, *, as_json: Json = False) -> None:
    """Look at a node's settings and say what is wrong with them."""
    with reporting(NodeError, IdentityError):
        loaded = load_settings(settings)
        first_vessels(read_vesselinfo(loaded.vesselinfo_file), loaded)
        if as_json:
            print_json({"ok": True, "folder": str(loaded.folder)})
        else:
            say(f"{settings} is fine")
