"""What nodes say of themselves and of the vessels on them, now."""

import asyncio
import contextlib
import socket
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from typing import Final

from seattle.client import Failure, Place, Results, Success, Vessel
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.client.ports import port_ranges
from seattle.fabric.advert import NatKind
from seattle.fabric.errors import BadReply
from seattle.fabric.node_api import FileEntry, NodeDescription, ResourceReport
from seattle.resources.errors import ResourceError
from seattle.resources.restrictions import Restrictions, format_restrictions
from seattle.resources.vector import ResourceVector
from seattle.shell.asking import ask_each, ask_vessels, converted
from seattle.shell.call import Call
from seattle.shell.command_table import Command, Shelf
from seattle.shell.folding import folded
from seattle.shell.local_files import write
from seattle.shell.reasons import MOST_SAID, on_one_line
from seattle.shell.report import ask, tell, tell_failures
from seattle.shell.survey import Source, look_at_nodes

LONGEST_NAME: Final = 120  # characters of a file's
LOOK_UP_PATIENCE: Final = 5.0  # seconds for the name of an address


async def show_info(call: Call) -> None:
    """Show what each vessel's node says of itself."""
    nodes = await look_at_nodes(call.session, call.target)
    for one in call.target:
        match nodes[Source.of(one)]:
            case Failure():
                continue
            case now:
                told = [(name, on_one_line(fact, most=MOST_SAID)) for name, fact in _facts(one.vessel, now.told)]
                facts = "\n".join(f"  {name}: {fact}" for name, fact in told if fact)
                call.session.show(f"{one.vessel}\n{facts}")
    failed = [now for now in nodes.values() if isinstance(now, Failure)]
    call.session.tally(worked=len(nodes) - len(failed), failed=len(failed))
    tell_failures(call.session, failed)


def _facts(vessel: Vessel, told: NodeDescription) -> list[tuple[str, str]]:
    return [
        ("node", vessel.node),
        ("version", told.version),
        ("addresses", " ".join(told.addresses)),
        ("seen as", told.public_address),
        ("NAT", told.nat.value),
        ("TCP ports", port_ranges(vessel.tcp_ports)),
        ("UDP ports", port_ranges(vessel.udp_ports)),
        ("walls", " ".join(wall.name for wall in told.walls if wall.state == "up")),
        ("lets nothing run, since", told.holding_back),
        ("its donor says", told.notice),
        ("its donor has to mend", told.trouble),
    ]


async def show_ip(call: Call) -> None:
    """Show the address of each node, once."""
    for address in _addresses(call):
        call.session.show(address)


async def write_ip(call: Call) -> None:
    """Write the address of each node to a file, one a line."""
    file = call.path("FILE")
    await write(file, "".join(f"{address}\n" for address in _addresses(call)).encode())


async def show_hostname(call: Call) -> None:
    """Show the address of each node, and its name."""
    addresses = _addresses(call)
    names = await ask_each(call.session, addresses, _host_name, place=Place, doing="looking up names")
    for address, name in zip(addresses, names, strict=True):
        call.session.show(f"{address} {name.value if isinstance(name, Success) else 'has no name that is known'}")


def _addresses(call: Call) -> list[str]:
    """By which others reach the nodes of the target, each once."""
    found = (_address(one.vessel) for one in call.target)
    return list(dict.fromkeys(address for address in found if address is not None))


def _address(vessel: Vessel) -> str | None:
    """The one by which its node is known to others; what a node says that is no address is left out."""
    own, seen = vessel.addresses, vessel.public_address
    return next(_usable([seen, *own] if vessel.nat == NatKind.NAT else [*own, seen]), None)


def _usable(said: Iterable[str]) -> Iterator[str]:
    for address in said:
        with contextlib.suppress(ValueError):
            yield str(ip_address(address))


async def _host_name(address: str) -> str:
    async with asyncio.timeout(LOOK_UP_PATIENCE):
        name, _ = await asyncio.get_running_loop().getnameinfo((address, 0), socket.NI_NAMEREQD)
    return name


async def show_files(call: Call) -> None:
    """Show the names of each vessel's files."""

    async def names(group: AsyncVesselGroup) -> Results[str]:
        return converted(await group.list(), lambda files: " ".join(map(_file_name, files)))

    results = await ask(call, names, doing="listing files")
    for vessels, files in folded(results.ok, fold=call.session.settings.folding):
        call.session.show(f"Files on {vessels}: '{files}'")
    tell(call.session, "files", results)


def _file_name(file: FileEntry) -> str:
    """Its name; in quotes if it would look like several, or like another: a node is free to lie."""
    name = file.name[:LONGEST_NAME]
    return name if name.isprintable() and " " not in name else repr(name)


async def show_resources(call: Call) -> None:
    """Show what each vessel may use, in the form of a resource file, and what it does use."""

    async def texts(group: AsyncVesselGroup) -> Results[str]:
        return converted(await group.resources(), _report_text)

    results = await ask(call, texts, doing="asking for resources")
    for vessels, text in folded(results.ok, fold=call.session.settings.folding):
        call.session.show(f"Resources of {vessels}:\n{text}")
    tell(call.session, "resource", results)


async def show_offcut(call: Call) -> None:
    """Show what a split costs on each node."""
    one_of_each = list({one.vessel.node: one for one in call.target}.values())

    async def texts(group: AsyncVesselGroup) -> Results[str]:
        return converted(await group.offcut_resources(), _resource_text)

    results = await ask_vessels(call.session, one_of_each, texts, doing="asking nodes")
    of_nodes = [Success(Place(one.vessel.node), one.value) for one in results.ok]
    for nodes, text in folded(of_nodes, fold=call.session.settings.folding, what="nodes"):
        call.session.show(f"Offcut resources of node {nodes}:\n{text}")
    call.session.tally(worked=len(results.ok), failed=len(results.failed))
    tell_failures(call.session, results.failed)


def _report_text(report: ResourceReport) -> str:
    """What it may use, and behind it as a comment what it uses. Raises BadReply for what are no resources."""
    lines = []
    for line in _resource_text(report.limits).splitlines():
        used = report.usage.get(line.split()[1])
        lines.append(f"{line}  # {used:.15g} used" if isinstance(used, int | float) else line)
    return "\n".join(lines)


def _resource_text(amounts: Mapping[str, object]) -> str:
    """A resource file. Raises BadReply for what are no resources."""
    # On the way every number has become a fraction.
    whole = {name: int(one) if isinstance(one, float) and one.is_integer() else one for name, one in amounts.items()}
    try:
        return format_restrictions(Restrictions(ResourceVector.from_mapping(whole))).rstrip()
    except ResourceError as why:
        raise BadReply(f"the node tells of resources that can't be: {why}") from why


COMMANDS: Final = (
    Command(
        "show info",
        show_info,
        "Show what the vessels' nodes say of themselves.",
        details="Version, addresses, walls, and what their donors say. The nodes are asked now.",
        examples=(("on %1 show info", "of the first vessel's node"),),
    ),
    Command(
        "show ip|ips",
        show_ip,
        "Show the addresses of the vessels' nodes, each once.",
        examples=(("on browsegood show ip", "an address a line"),),
    ),
    Command(
        "show ip|ips to|> FILE",
        write_ip,
        "Write the addresses of the vessels' nodes to a file.",
        examples=(("on LAN show ip to neighboriplist.txt", "an address a line, each once"),),
    ),
    Command(
        "show hostname|hostnames",
        show_hostname,
        "Show the addresses and names of the vessels' nodes.",
        examples=(("on browsegood show hostname", "as this computer's resolver knows them"),),
    ),
    Command(
        "show files|file",
        show_files,
        "Show the names of the vessels' files.",
        examples=(("on browsegood show files", "sorted by name"),),
    ),
    Command(
        "show resources|resource",
        show_resources,
        "Show what the vessels may use.",
        details="In the form of a resource file, as `split` reads it, with what is used now as comments.",
        examples=(("on %1 show resources", "of the first vessel"),),
    ),
    Command(
        "show offcut|offcuts",
        show_offcut,
        "Show what a split costs on the vessels' nodes.",
        details="It is lost with each split, and given back by a join.",
        examples=(("on %1 show offcut", "of the first vessel's node"),),
        shelf=Shelf.EXTENDED,
    ),
)
