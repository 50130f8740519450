"""Where vessels are, as far as their addresses tell."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from seattle.client import Vessel
from seattle.client.places import short
from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.modules.module import Module
from seattle.shell.report import tell_if_empty

if TYPE_CHECKING:  # as below
    from seattle.geography.locations import Location


async def show_location(call: Call) -> None:
    """Tell the country of each node, once."""
    await _show(call, lambda location: location.country_name)


async def show_coordinates(call: Call) -> None:
    """Tell latitude and longitude of each node, once."""
    if await _show(call, _coordinates):
        call.session.note("note: these are the middles of countries; nothing nearer is known")


async def locations_of(vessels: Iterable[Vessel]) -> "dict[str, Location]":
    """Where the nodes of these vessels are, by their ids."""
    nodes = {vessel.node: (vessel.public_address, *vessel.addresses) for vessel in vessels}
    return await asyncio.to_thread(_locate_all, nodes)


async def _show(call: Call, told: "Callable[[Location], str]") -> bool:
    """Show a line for each node; whether anything is known of any."""
    target = call.target
    tell_if_empty(call.session, target)
    locations = await locations_of(one.vessel for one in target)
    known = {node: told(location) for node, location in locations.items()}
    shown: set[str] = set()
    for one in target:
        node = one.vessel.node
        if node not in shown:
            shown.add(node)
            call.session.show(f"%{one.number}({short(node)}): {known[node] or 'Location unknown'}")
    return any(known.values())


def _locate_all(nodes: dict[str, tuple[str, ...]]) -> "dict[str, Location]":
    """By the first address that is in the world: that which the broker sees, if it is one, can't be made up."""
    from seattle.geography.locations import NOWHERE, locate  # noqa: PLC0415 - it takes long, and most lines don't ask

    return {
        node: next((found for address in addresses if (found := locate(address)) != NOWHERE), NOWHERE)
        for node, addresses in nodes.items()
    }


def _coordinates(location: "Location") -> str:
    return "" if location.point is None else "{:.4f}, {:.4f}".format(*location.point)


MODULE: Final = Module(
    summary="Tells where vessels are.",
    details="It looks addresses up in data that comes with Seattle; nobody is asked. A private address is nowhere; the "
    "address that the testbed's broker sees of a node is looked up first.",
    commands=(
        Command(
            "show location|locations",
            show_location,
            "Tell in which country each node is.",
            examples=(("on browsegood show location", "a line for each node; of some it is unknown"),),
        ),
        Command(
            "show coordinates|coordinate",
            show_coordinates,
            "Tell latitude and longitude of each node.",
            details="In degrees. They are those of the middle of its country.",
        ),
    ),
)
