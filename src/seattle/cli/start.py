"""`seattle start`: start a program that is in the vessels already."""

from typing import Annotated, Final

import typer

from seattle.cli.console import Json
from seattle.cli.interruption import put_off
from seattle.cli.vessel_options import LayerOption, OnOption, ProfileOption, chosen_vessels, finish, reporting
from seattle.fabric.node_api import RestartPolicy

EXAMPLES: Final = (
    ("seattle start hello.py one two", "the file that `seattle put` or an earlier `seattle run` has left there"),
    ("seattle start --restart on-failure hello.py", "and nodes start it again when it fails"),
)


def start(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The program's name in the vessels.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS", help="Passed to the program; options of its own after --.")
    ] = None,
    *,
    layers: LayerOption = None,
    restart: Annotated[
        RestartPolicy, typer.Option(help="When nodes start it again that has ended, until it is stopped.")
    ] = RestartPolicy.NEVER,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Start a program that is in your vessels, and leave it running: see `seattle logs` and `seattle wait`."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        with put_off() as interrupted:
            started = vessels.start(name, *(arguments or []), layers=layers or (), restart=restart)
        if interrupted.is_set():
            started.stop()
        finish("did not start it", started.started, as_json=as_json, facts=lambda run: {"run": run.run})
