"""`seattle node policy`: what the node makes of its donor's policy, and which keys are barred."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from seattle.cli.console import Json, print_json, reporting, say, visible
from seattle.cli.fabric_options import public_key
from seattle.cli.node_option import SettingsFile
from seattle.cli.node_views import ask_daemon, at
from seattle.cli.plain_group import PlainGroup
from seattle.cli.tables import print_table
from seattle.identity.errors import IdentityError
from seattle.node.amounts import duration, size
from seattle.node.donor.policy import load_policy
from seattle.node.donor.verbs import ALLOW, DENY, POLICY, Allow, Deny, DonorView, ShowPolicy
from seattle.node.errors import NodeError
from seattle.node.settings import DEFAULT_SETTINGS

app = typer.Typer(
    cls=PlainGroup,
    add_completion=False,
    name="policy",
    help="Show what the node makes of its donor's policy; bar keys, and let them in again.",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
)

Key = Annotated[str, typer.Argument(metavar="KEY", help="A key's id (`U...`), OpenSSH public line, or .pub file.")]


@app.callback()
def show(context: typer.Context, settings: SettingsFile = DEFAULT_SETTINGS, *, as_json: Json = False) -> None:
    """Read the policy and all conditions anew, and show what comes of it."""
    if context.invoked_subcommand is not None:
        return
    view = ask_daemon(settings, POLICY, ShowPolicy())
    if as_json:
        print_json(msgspec.to_builtins(view))
        return
    for name, text in _lines(view):
        typer.echo(f"{name:<10}  {visible(text)}")
    if view.conditions:
        rows = [
            (
                one.name,
                one.reading,
                "yes" if one.held else "no",
                one.goes_on if one.held else "",
                duration(one.grace) if one.grace else "at once",
            )
            for one in view.conditions
        ]
        print_table(("condition", "now", "holds back", "until", "stopped"), rows)


@app.command()
def check(
    policy: Annotated[Path, typer.Argument(metavar="FILE", help="A policy file.")], *, as_json: Json = False
) -> None:
    """Look at a policy file and say what is wrong with it. No daemon is asked."""
    with reporting(NodeError):
        policy.stat()  # a missing file is a policy, and not what is meant here
        load_policy(policy)
        if as_json:
            print_json({"ok": True, "policy": str(policy)})
        else:
            say(f"{policy} is fine")


@app.command()
def deny(key: Key, settings: SettingsFile = DEFAULT_SETTINGS, *, as_json: Json = False) -> None:
    """Bar a key: what runs in its vessels is stopped, and its calls are refused."""
    barred = _key(key)
    ask_daemon(settings, DENY, Deny(key=barred))
    _done(barred, "barred", as_json=as_json)


@app.command()
def allow(key: Key, settings: SettingsFile = DEFAULT_SETTINGS, *, as_json: Json = False) -> None:
    """Let a key in again."""
    allowed = _key(key)
    ask_daemon(settings, ALLOW, Allow(key=allowed))
    _done(allowed, "allowed", as_json=as_json)


def _key(text: str) -> str:
    with reporting(IdentityError):
        return public_key(text).id


def _done(key: str, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"key": key, "state": what})
    else:
        say(f"{key} is {what}")


def _lines(view: DonorView) -> list[tuple[str, str]]:
    orders = view.orders
    lines = [
        ("policy", view.policy_file),
        ("holds back", view.holding_back or "no"),
        ("notice", view.notice),
        ("wrong", view.policy_error),
        ("paused", "" if orders.pause is None else f"since {at(orders.pause.since)}"),
        ("drained", "" if orders.drain is None else f"at {at(orders.drain.at)}"),
        ("cpu", "" if view.cpu_factor == 1 else f"{view.cpu_factor:.3g} times what was donated"),
        ("traffic", ", ".join(f"{size(used)} this {period}" for period, used in view.traffic.items())),
        ("barred", ", ".join(orders.denied)),
    ]
    return [(name, text) for name, text in lines if text]
