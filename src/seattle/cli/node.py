"""`seattle node`: set a node up, check it, and be it."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from seattle.cli.console import print_json, reporting, say
from seattle.identity.errors import IdentityError
from seattle.node.command import SettingsFile, run
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
    help="Donate a part of this computer: set a node up, check it, and run it.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app.command("run")(run)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder for the node.")],
    *,
    vesselinfo: Annotated[Path, typer.Option(help="Who owns which part: `Percent N`, `Owner KEY`, `User KEY` lines.")],
    fabric: Annotated[list[str], typer.Option(help="A broker, as nats://HOST:PORT or tls://HOST:PORT.")],
    credential: Annotated[
        Path | None, typer.Option(help="Where the node's credential is, or will be (default: DIR/node.jwt).")
    ] = None,
    enrol_url: Annotated[str, typer.Option(help="Where the node gets its credential, and renews it.")] = "",
    invitation: Annotated[str, typer.Option(help="What the operator gave you for it, if that takes one.")] = "",
    ca_file: Annotated[
        Path | None, typer.Option(help="Authorities (PEM) that check the brokers; default: those of this system.")
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
            enrol_url=enrol_url,
            invitation=invitation,
            ca_file=None if ca_file is None else ca_file.absolute(),
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
            if enrol_url:
                say(f"wrote {folder / SETTINGS_FILE}; the node enrols itself at {enrol_url}:")
            else:
                say(f"wrote {folder / SETTINGS_FILE}; enrol the node, its credential goes to {loaded.credential_file}:")
                say(f"hint: seattle fabric enrol {public.id} --role node --authority DIR >{loaded.credential_file}")
            say(f"hint: seattle node run --settings {folder / SETTINGS_FILE}")


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
