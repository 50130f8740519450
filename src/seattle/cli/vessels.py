"""`seattle vessels`: list the vessels that a key may use."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from seattle.cli.console import ExitCode, Json, print_json, say
from seattle.cli.on_words import refuse_orders
from seattle.cli.recent_names import remember
from seattle.cli.vessel_filter import HELP, matching
from seattle.cli.vessel_options import (
    OnOption,
    ProfileOption,
    connected,
    how_to_get,
    reporting,
    tell_lost,
    tell_unreachable,
)
from seattle.cli.vessel_table import Leases, print_vessels, vessel_facts
from seattle.client import SiteError, Testbed, Vessel, VesselGroup
from seattle.client.places import short

EXAMPLES: Final = (
    ("seattle vessels", "all that you may use"),
    ("seattle vessels --where state=started --where country=DE", "those in Germany on which something runs"),
    ("seattle vessels --on UAB --json", "those on a node, for a program"),
)


def vessels(
    *,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="NAME=VALUE", help=f"Only such vessels; may be given more than once: {HELP}."),
    ] = None,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """List the vessels that you may use, and until when, if the testbed's site has given them to you."""
    with reporting():
        matching([], where or (), {})  # a mistake in it is told at once
        refuse_orders(on or ())
        with connected(profile) as testbed:
            found = testbed.vessels(*(on or ()))
            if not on:
                remember(map(str, found))
            leases = _leases(testbed)
            key, how = testbed.key, how_to_get(testbed.profile)
        shown = matching(found, where or (), leases)
        if as_json:
            told = [vessel_facts(vessel, leases.get(vessel.place)) for vessel in shown]
            print_json({"vessels": told, "unreachable": _unreachable(found)})
        elif shown:
            print_vessels(shown, leases)
        elif found:
            say(f"note: none of your {len(found)} vessels is so")
        else:
            say(f"hint: no node that is there now has a vessel for the key {key}")
            say(f"hint: {how}")
        _tell_notes(shown)
        tell_unreachable(found)
        tell_lost(found)
        if found.unreachable:
            raise typer.Exit(ExitCode.DONE_IN_PART if found else ExitCode.FAILED)


def _leases(testbed: Testbed) -> Leases:
    """What the profile's site has given us; nothing if there is no site, or it does not answer, which is said."""
    if not testbed.profile.site_url:
        return {}
    try:
        return {lease.place: lease for lease in testbed.leases()}
    except SiteError as why:
        say(f"note: until when the vessels are yours is not known: {why}")
        return {}


def _unreachable(found: VesselGroup) -> list[dict[str, str]]:
    """Nodes that did not tell, and vessels of a group that can't be had, which have a name, too."""
    return [
        {
            "node": one.vessel.node,
            **({"name": one.vessel.vessel} if one.vessel.vessel else {}),
            "code": one.code,
            "message": one.message,
        }
        for one in found.unreachable
    ]


def _tell_notes(found: Sequence[Vessel]) -> None:
    """Say what donors want known, once for each node."""
    for node, words in {vessel.node: vessel.holding_back or vessel.notice for vessel in found}.items():
        if words:
            say(f"note: {short(node)}: {words}")
