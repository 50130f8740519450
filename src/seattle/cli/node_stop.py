"""`seattle node stop`: end the daemon on this computer, and the programs in its vessels."""

import asyncio
from typing import Annotated, Final

import typer

from seattle.cli.console import ExitCode, reporting, say
from seattle.cli.node_option import SettingsFile
from seattle.identity.errors import IdentityError
from seattle.node.asking import ask
from seattle.node.daemon import serve
from seattle.node.ending import END, End, has_ended
from seattle.node.errors import NodeError, NotRunning
from seattle.node.settings import DEFAULT_SETTINGS, NodeSettings, load_settings

PATIENCE: Final = 30.0  # seconds for a daemon to stop what runs


def stop(
    settings: SettingsFile = DEFAULT_SETTINGS,
    *,
    keep_programs: Annotated[
        bool, typer.Option("--keep-programs", help="Leave what runs to the next daemon, as for an upgrade.")
    ] = False,
) -> None:
    """End the node on this computer and stop its programs, also those that an earlier daemon has left running."""
    with reporting(NodeError, IdentityError):
        loaded = load_settings(settings)
        try:
            ask(loaded.folder, END, End(keep=keep_programs))
        except NotRunning:
            if keep_programs:
                raise
            asyncio.run(_stop_what_is_left(loaded))
            say("no daemon ran; what an earlier one has left running is stopped")
        else:
            if not has_ended(loaded.folder, within=PATIENCE):
                say(f"error: the daemon has not ended within {PATIENCE:.0f} s; its log tells what it waits for")
                raise typer.Exit(ExitCode.FAILED)
            say("the node has ended" + ("; its programs run on" if keep_programs else ""))


async def _stop_what_is_left(settings: NodeSettings) -> None:
    """Be a daemon that takes over what runs and ends at once."""
    at_once = asyncio.Event()
    at_once.set()
    await serve(settings, until=at_once)
