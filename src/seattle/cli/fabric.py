"""`seattle fabric`: make an authority, enrol keys with it, and run the embedded broker.

Its other commands are in `fabric_members.py` (who gets in) and `fabric_brokers.py` (what brokers are told).
"""

import asyncio
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from seattle.cli.console import Json, print_json, reporting, say
from seattle.cli.fabric_brokers import export, leaf, pardon, push, revoke
from seattle.cli.fabric_directory import directory
from seattle.cli.fabric_members import admit, enrolment, invite, join, members
from seattle.cli.fabric_options import Folder, duration, public_key
from seattle.cli.plain_group import PlainGroup
from seattle.fabric.authority import Authority, Role
from seattle.fabric.embedded_directory import embedded_directory
from seattle.fabric.enrolment import enrol as issue
from seattle.fabric.enrolment import validity
from seattle.fabric.errors import FabricError, ServerFailed
from seattle.fabric.events import show_events
from seattle.fabric.server import EmbeddedServer
from seattle.identity.errors import IdentityError

# Locals of a frame may be keys: a traceback must not show them.
app = typer.Typer(
    cls=PlainGroup,
    name="fabric",
    help="Make an authority, enrol keys with it, run brokers, and shut keys out.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
)

DEFAULT_PORT = 4222

for command in (enrolment, invite, admit, members, join, directory, export, leaf, push, revoke, pardon):
    app.command()(command)


@app.command()
def init(folder: Folder, *, as_json: Json = False) -> None:
    """Make the keys of a new testbed's fabric."""
    with reporting(FabricError, IdentityError):
        authority = Authority.create(folder)
        if as_json:
            print_json({"authority": str(folder), "account": authority.account.id, "operator": authority.operator.id})
        else:
            print(authority.account.id)
            say(f"made the authority in {folder}: keep it secret, and back it up")


@app.command()
def enrol(
    public: Annotated[
        str, typer.Argument(metavar="PUBLIC", help="A public key: its id, its OpenSSH line or its file.")
    ],
    role: Annotated[Role, typer.Option(help="What the holder of the key may do.")],
    authority: Annotated[Path, typer.Option(metavar="DIR", help="The folder of the authority.")],
    *,
    lifetime: Annotated[
        timedelta, typer.Option(parser=duration, metavar="TIME", help="How long the credential lives.")
    ] = "30d",  # type: ignore[assignment]  # typer parses a default too
    as_json: Json = False,
) -> None:
    """Print a credential for a key. Its private half stays where it is: the credential is of no use without it."""
    with reporting(FabricError, IdentityError):
        key = public_key(public)
        credential = issue(Authority.load(authority), key, role=role, now=time.time(), lifetime=lifetime)
        if as_json:
            expires = validity(credential).exp
            print_json({"id": key.id, "role": role.value, "expires_at": expires, "credential": credential})
        else:
            print(credential)


@app.command()
def serve(
    folder: Folder,
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port on loopback; 0 for a free one.")] = DEFAULT_PORT,
    as_json: Json = False,
) -> None:
    """Run the embedded broker on loopback, with a directory, until Ctrl-C or SIGTERM."""
    show_events()
    with reporting(FabricError, IdentityError):
        asyncio.run(_serve(Authority.load(folder), port=port, as_json=as_json))


async def _serve(authority: Authority, *, port: int, as_json: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with EmbeddedServer(authority, port=port) as server, embedded_directory(authority, server.url):
        if as_json:
            print_json({"url": server.url, "pid": server.pid})
        else:
            print(server.url, flush=True)
        stopped, ended = asyncio.create_task(stop.wait()), asyncio.create_task(server.wait())
        try:
            await asyncio.wait([stopped, ended], return_when=asyncio.FIRST_COMPLETED)
            if not stop.is_set():
                raise ServerFailed(f"nats-server ended by itself with status {ended.result()}")
        finally:
            stopped.cancel()
            ended.cancel()
