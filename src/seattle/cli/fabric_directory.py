"""`seattle fabric directory`: one instance of the directory, as a process."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Annotated

import typer

from seattle.cli.console import WrongUsage, reporting
from seattle.cli.fabric_options import CaFile, Plain
from seattle.fabric.authority import Role
from seattle.fabric.connection import FetchCredential, NatsFabric
from seattle.fabric.directory import Directory
from seattle.fabric.errors import FabricError
from seattle.fabric.events import show_events
from seattle.fabric.kept_credential import KeptCredential
from seattle.fabric.renewal import RenewedCredential
from seattle.identity.errors import IdentityError
from seattle.identity.files import load_key_pair


def directory(
    *,
    broker: Annotated[list[str], typer.Option(help="A broker, as tls://HOST:PORT; give it once for each.")],
    key: Annotated[Path, typer.Option(help="The private key file of this service.")],
    credential: Annotated[Path, typer.Option(help="The file of its credential, in the role of a service.")],
    enrol_url: Annotated[str, typer.Option(help="The enrolment service that renews the credential.")] = "",
    ca_file: CaFile = None,
    plain: Plain = False,
) -> None:
    """Run one instance of the directory until Ctrl-C or SIGTERM; run as many as you like."""
    show_events()
    with reporting(FabricError, IdentityError):
        if not enrol_url and not credential.is_file():
            raise WrongUsage(f"there is no credential at {credential}, and no --enrol-url that would give one")
        pair = load_key_pair(key)
        fetch: FetchCredential = KeptCredential(credential, pair.public, role=Role.SERVICE)
        if enrol_url:
            fetch = RenewedCredential(credential, pair, role=Role.SERVICE, url=enrol_url, ca_file=ca_file)
        fabric = NatsFabric(broker, pair, fetch, name="directory", ca_file=ca_file, plain_anywhere=plain)
        asyncio.run(_serve(fabric))


async def _serve(fabric: NatsFabric) -> None:
    async with fabric:
        running = asyncio.create_task(Directory(fabric).run(), name="directory")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await running
