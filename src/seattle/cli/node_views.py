"""`seattle node status` and `seattle node vessels`: what a donor sees of the node on this computer."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import typer

from seattle.cli.console import Json, print_json, reporting, say, visible
from seattle.cli.node_option import SettingsFile
from seattle.cli.tables import print_table
from seattle.fabric.node_api import VesselState
from seattle.node.amounts import duration, gauges
from seattle.node.asking import ask
from seattle.node.errors import NodeError
from seattle.node.overview import STATUS, GetStatus, RunView, Status, VesselView
from seattle.node.settings import DEFAULT_SETTINGS, load_settings
from seattle.node.verbs import Order, Verb
from seattle.resources.kinds import Resource

SHORT: Final = 9  # characters of a key, as elsewhere
SHOWN: Final = (Resource.CPU.value, Resource.MEMORY.value, Resource.DISKUSED.value)


Q = TypeVar("Q", bound=Order)
R = TypeVar("R", bound=msgspec.Struct)


def status(settings: SettingsFile = DEFAULT_SETTINGS, *, as_json: Json = False) -> None:
    """Say how the node on this computer is: what runs, and why it holds back if it does."""
    told = ask_daemon(settings, STATUS, GetStatus())
    if as_json:
        print_json(msgspec.to_builtins(told))
        return
    running = [vessel for vessel in told.vessels if vessel.state is VesselState.STARTED]
    rows = [
        ("node", told.node),
        ("version", told.version),
        ("folder", told.folder),
        ("daemon", f"process {told.process}, for {duration(told.now - told.began)}"),
        ("testbed", f"not connected: {told.disconnected}" if told.disconnected else "connected"),
        ("walls", _walls(told)),
        ("holds back", told.holding_back or "no"),
        *([("notice", told.notice)] if told.notice else []),
        ("vessels", f"{len(told.vessels)}; a program {'stands still' if told.frozen else 'runs'} in {len(running)}"),
    ]
    for name, text in rows:
        typer.echo(f"{name:<10}  {visible(text)}")
    if running:
        _print_vessels(running, told.now)


def vessels(settings: SettingsFile = DEFAULT_SETTINGS, *, as_json: Json = False) -> None:
    """List the vessels of the node on this computer: whose they are, what runs in them, and at what cost."""
    told = ask_daemon(settings, STATUS, GetStatus())
    if as_json:
        print_json({"vessels": msgspec.to_builtins(told.vessels), "holding_back": told.holding_back})
        return
    _print_vessels(told.vessels, told.now)
    if told.holding_back:
        say(f"hint: the node holds back: {told.holding_back}")


def ask_daemon(settings: Path, verb: Verb[Q, R], request: Q) -> R:
    """What the daemon with these settings answers; lines on stderr and the end of the command if there is no answer."""
    with reporting(NodeError):
        return ask(load_settings(settings).folder, verb, request, start=f"seattle node run --settings {settings}")


def at(moment: float) -> str:
    """A moment (seconds since 1970) in this computer's time."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _print_vessels(shown: Sequence[VesselView], now: float) -> None:
    rows = [
        (
            vessel.name,
            vessel.state.value,
            _run(vessel.run),
            _since(vessel.run),
            vessel.owner[:SHORT],
            *_used(vessel, now),
        )
        for vessel in shown
    ]
    print_table(("vessel", "state", "latest program", "since", "owner", *SHOWN), rows)


def _run(run: RunView | None) -> str:
    return "" if run is None else " ".join([run.program, *run.arguments])


def _since(run: RunView | None) -> str:
    if run is None:
        return ""
    return at(run.began if run.ended is None else run.ended)


def _used(vessel: VesselView, now: float) -> list[str]:
    run = vessel.run
    seconds = now - run.began if run is not None and run.ended is None else 0.0
    texts = {gauge.name: gauge.text for gauge in gauges(vessel.limits, vessel.usage, seconds)}
    return [texts[name] for name in SHOWN]


def _walls(told: Status) -> str:
    if not told.walls:
        return "unknown: look at the daemon's log"
    down = [f"{wall.name} is {wall.state}" for wall in told.walls if wall.state != "up"]
    up = len(told.walls) - len(down)
    return f"{up} of {len(told.walls)} parts are up" + (f"; {', '.join(down)}" if down else "")
