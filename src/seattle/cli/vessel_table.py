"""Vessels for people, as a table, and for programs, in JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from seattle.cli import tables
from seattle.cli.vessel_options import place_facts
from seattle.client import Lease, Vessel
from seattle.client.durations import time_left
from seattle.client.outcomes import in_words
from seattle.client.places import Place, short
from seattle.client.ports import port_ranges

MOST_SAID: Final = 40  # characters

Leases = Mapping[Place, Lease]


def vessel_facts(vessel: Vessel, lease: Lease | None = None) -> dict[str, Any]:
    """A vessel in JSON; with its lease if a site has given it to us."""
    return {
        **place_facts(vessel.place),
        "state": vessel.state.value,
        "run": vessel.run,
        "outcome": None if vessel.outcome is None else msgspec.to_builtins(vessel.outcome),
        "owner": vessel.owner,
        "users": list(vessel.users),
        "addresses": list(vessel.addresses),
        "nat": vessel.nat,
        "public_address": vessel.public_address,
        "tcp_ports": list(vessel.tcp_ports),
        "udp_ports": list(vessel.udp_ports),
        "owner_information": vessel.owner_information,
        "holding_back": vessel.holding_back,
        "notice": vessel.notice,
        "expires_at": None if lease is None else lease.expires_at.isoformat(),
    }


def print_vessels(found: Sequence[Vessel], leases: Leases) -> None:
    """The vessels, one a line; when each ends, if a site has given us any of them.

    Who owns those of the site is no news, so the owners are told where somebody else has given us vessels, too.
    """
    owned = any(vessel.place not in leases for vessel in found)
    headings = ["vessel", "state", "latest run", "addresses", "ports"]
    headings += [*(["owner"] if owned else []), *(["ends in"] if leases else [])]
    tables.print_table(headings, [_cells(vessel, leases, owned=owned) for vessel in found])


def _cells(vessel: Vessel, leases: Leases, *, owned: bool) -> list[str]:
    cells = [
        str(vessel),
        vessel.state.value,
        "" if vessel.outcome is None else _brief(in_words(vessel.outcome)),
        " ".join(vessel.addresses),
        port_ranges(vessel.tcp_ports),
    ]
    if owned:
        cells.append(short(vessel.owner))
    if leases:
        lease = leases.get(vessel.place)
        cells.append("" if lease is None else time_left(lease.expires_in))
    return cells


def _brief(outcome: str) -> str:
    """How a run ended, in a cell: what it said in the end is in its log, and in --json."""
    return outcome if len(outcome) <= MOST_SAID else f"{outcome[: MOST_SAID - 3]}..."
