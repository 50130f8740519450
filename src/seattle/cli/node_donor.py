"""`seattle node pause`, `snooze`, `resume` and `drain`: a donor's orders to the node on this computer."""

import re
from typing import Annotated, Final

import msgspec
import typer

from seattle.cli.console import Json, WrongUsage, print_json, reporting, say
from seattle.cli.node_option import SettingsFile
from seattle.cli.node_views import ask_daemon
from seattle.node.donor.verbs import DRAIN, PAUSE, RESUME, SNOOZE, DonorView, DrainNow, PauseNow, Resume, Snooze
from seattle.node.settings import DEFAULT_SETTINGS

MOST_MINUTES: Final = 366 * 24 * 60
_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(s|m|min|h|d)?")
_MINUTES: Final = {"s": 1 / 60, "m": 1, "min": 1, "h": 60, "d": 24 * 60, None: 1}

Grace = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="How long programs stand still before they are stopped (default: the policy's)."),
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="What the programs' users are told.")]


def pause(
    settings: SettingsFile = DEFAULT_SETTINGS, *, grace: Grace = None, reason: Reason = "", as_json: Json = False
) -> None:
    """Let all programs stand still, and start none, until `resume`."""
    with reporting():
        order = PauseNow(grace=None if grace is None else minutes(grace), reason=reason)
    _tell(ask_daemon(settings, PAUSE, order), as_json=as_json)


def snooze(
    time: Annotated[str, typer.Argument(metavar="TIME", help="For how long: 30m, 2h, 1d; a plain number is minutes.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
    *,
    grace: Grace = None,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Let all programs stand still for a time."""
    with reporting():
        length = minutes(time)
        if not length:
            raise WrongUsage(f"{time} is no time to snooze: `seattle node resume` ends a snooze")
        order = Snooze(minutes=length, grace=None if grace is None else minutes(grace), reason=reason)
    _tell(ask_daemon(settings, SNOOZE, order), as_json=as_json)


def resume(settings: SettingsFile = DEFAULT_SETTINGS, *, as_json: Json = False) -> None:
    """Take back pause, snooze and drain. Conditions of the policy that hold go on to hold."""
    _tell(ask_daemon(settings, RESUME, Resume()), as_json=as_json)


def drain(
    settings: SettingsFile = DEFAULT_SETTINGS,
    *,
    within: Annotated[
        str, typer.Option("--in", metavar="TIME", help="When programs are stopped; their users are told at once.")
    ] = "10m",
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Empty the node: start nothing any more, tell the users, and stop all programs when the time is over."""
    with reporting():
        order = DrainNow(minutes=minutes(within), reason=reason)
    _tell(ask_daemon(settings, DRAIN, order), as_json=as_json)


def minutes(text: str) -> float:
    """A time such as `90s`, `30m`, `2h`, `1d`; a plain number is minutes. Raises WrongUsage."""
    match = _DURATION.fullmatch(text)
    if match is None or (found := float(match[1]) * _MINUTES[match[2]]) > MOST_MINUTES:
        raise WrongUsage(f"{text!r} is no time: expected a number and s, m, h or d, such as 30m, and a year at most")
    return found


def _tell(view: DonorView, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(view))
    elif view.holding_back:
        say(f"the node holds back: {view.holding_back}")
    else:
        say("programs may run")
