"""Vessels for people, as a table, and for programs, in JSON."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from seattle.cli.console import to_terminal, visible
from seattle.cli.vessel_options import place_facts
from seattle.client import Lease, Vessel, VesselGroup
from seattle.client.durations import time_left
from seattle.client.outcomes import in_words
from seattle.client.places import Place, short
from seattle.client.ports import port_ranges

WIDE: Final = 160  # columns, where there is no terminal to measure

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


def print_table(found: VesselGroup, leases: Leases) -> None:
    """The vessels, one a line; when each ends, if a site has given us any of them."""
    from rich import box  # noqa: PLC0415 - as below
    from rich.console import Console  # noqa: PLC0415 - slow to import, and JSON doesn't need it
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("vessel", no_wrap=True)  # a name that people copy
    for heading in ("state", "latest run", "addresses", "ports", "owner", *(["ends in"] if leases else [])):
        table.add_column(heading, overflow="fold")
    for vessel in found:
        cells = [
            str(vessel),
            vessel.state.value,
            "" if vessel.outcome is None else in_words(vessel.outcome),
            " ".join(vessel.addresses),
            port_ranges(vessel.tcp_ports),
            short(vessel.owner),
        ]
        if leases:
            lease = leases.get(vessel.place)
            cells.append("" if lease is None else time_left(lease.expires_in))
        # Text: what nodes say is not markup.
        table.add_row(*(Text(visible(cell)) for cell in cells))
    Console(width=None if to_terminal() else WIDE).print(table)
