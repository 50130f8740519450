"""`seattle node page`: look at the node in a browser."""

import signal
from typing import Annotated

import typer

from seattle.cli.console import Json, print_json, reporting, say
from seattle.cli.node_option import SettingsFile
from seattle.node.errors import FolderUnusable, NodeError
from seattle.node.settings import DEFAULT_SETTINGS, load_settings


def page(
    settings: SettingsFile = DEFAULT_SETTINGS,
    *,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Of 127.0.0.1; 0 for any (default: page_port).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve the status page until Ctrl-C, for a browser on this computer. Print its address, which is a secret."""
    from seattle.node.page.server import serve_page  # noqa: PLC0415 - no other command needs a web server

    def ready(address: str) -> None:
        if as_json:
            print_json({"address": address})
        else:
            print(address, flush=True)
            say("hint: whoever knows this address and has an account on this computer can read the page")

    with reporting(NodeError):
        loaded = load_settings(settings)
        if not loaded.folder.is_dir():
            raise FolderUnusable(f"there is no node in {loaded.folder}: `seattle node init` makes one")
        for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn ends at these, and then raises them once more
            signal.signal(number, lambda *_: None)
        serve_page(loaded.folder, port=loaded.page_port if port is None else port, metrics=loaded.metrics, ready=ready)
