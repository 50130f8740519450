"""`seattle vessels`: list the vessels that a key may use."""

import typer

from seattle.cli.console import ExitCode, print_json, say
from seattle.cli.vessel_options import JsonOption, ProfileOption, connected, reporting, tell_unreachable
from seattle.cli.vessel_table import Leases, print_table, vessel_facts
from seattle.client import SiteError, Testbed, VesselGroup
from seattle.client.places import short


def vessels(*, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """List the vessels that you may use, and until when, if the testbed's site has given them to you."""
    with reporting():
        with connected(profile) as testbed:
            found = testbed.browse()
            leases = _leases(testbed)
            key = testbed.key
        if as_json:
            told = [vessel_facts(vessel, leases.get(vessel.place)) for vessel in found]
            print_json({"vessels": told, "unreachable": _unreachable(found)})
        elif found:
            print_table(found, leases)
        else:
            say(f"hint: no node that is there now has a vessel for the key {key}")
        _tell_notes(found)
        tell_unreachable(found)
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
    return [{"node": one.vessel.node, "code": one.code, "message": one.message} for one in found.unreachable]


def _tell_notes(found: VesselGroup) -> None:
    """Say what donors want known, once for each node."""
    for node, words in {vessel.node: vessel.holding_back or vessel.notice for vessel in found}.items():
        if words:
            say(f"note: {short(node)}: {words}")
