"""`seattle vessels`: list the vessels that a key may use."""

from typing import Any

import msgspec
import typer

from seattle.cli.console import ExitCode, print_json, say, to_terminal, visible
from seattle.cli.vessel_options import JsonOption, ProfileOption, connected, place_facts, reporting, tell_unreachable
from seattle.client import Vessel, VesselGroup
from seattle.client.outcomes import in_words
from seattle.client.places import short

WIDE = 160  # columns, where there is no terminal to measure


def vessels(*, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """List the vessels that you may use."""
    with reporting():
        with connected(profile) as testbed:
            found = testbed.browse()
            key = testbed.key
        if as_json:
            print_json({"vessels": [_facts(vessel) for vessel in found], "unreachable": _unreachable(found)})
        elif found:
            _print_table(found)
        else:
            say(f"hint: no node that is there now has a vessel for the key {key}")
        _tell_notes(found)
        tell_unreachable(found)
        if found.unreachable:
            raise typer.Exit(ExitCode.DONE_IN_PART if found else ExitCode.FAILED)


def _facts(vessel: Vessel) -> dict[str, Any]:
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
    }


def _unreachable(found: VesselGroup) -> list[dict[str, str]]:
    return [{"node": one.vessel.node, "code": one.code, "message": one.message} for one in found.unreachable]


def _print_table(found: VesselGroup) -> None:
    from rich import box  # noqa: PLC0415 - as below
    from rich.console import Console  # noqa: PLC0415 - slow to import, and JSON doesn't need it
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("vessel", no_wrap=True)  # a name that people copy
    for heading in ("state", "latest run", "addresses", "ports", "owner"):
        table.add_column(heading, overflow="fold")
    for vessel in found:
        cells = (
            str(vessel),
            vessel.state.value,
            "" if vessel.outcome is None else in_words(vessel.outcome),
            " ".join(vessel.addresses),
            _ranges(vessel.tcp_ports),
            short(vessel.owner),
        )
        # Text: what nodes say is not markup.
        table.add_row(*(Text(visible(cell)) for cell in cells))
    Console(width=None if to_terminal() else WIDE).print(table)


def _tell_notes(found: VesselGroup) -> None:
    """Say what donors want known, once for each node."""
    for node, words in {vessel.node: vessel.holding_back or vessel.notice for vessel in found}.items():
        if words:
            say(f"note: {short(node)}: {words}")


def _ranges(ports: tuple[int, ...]) -> str:
    """Ports in few letters: `63100-63109 63150`."""
    ranges: list[list[int]] = []
    for port in sorted(ports):
        if ranges and port == ranges[-1][1] + 1:
            ranges[-1][1] = port
        else:
            ranges.append([port, port])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
