"""Whether the connection costs by the byte: NetworkManager's own judgement, or a list of interfaces."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seattle.node.donor.bus import NotOnBus, read_property
from seattle.node.donor.conditions.reading import Reading, read_text

_MANAGER: Final = (
    "org.freedesktop.NetworkManager",
    "/org/freedesktop/NetworkManager",
    "org.freedesktop.NetworkManager",
)
_METERED: Final = {1: True, 2: False, 3: True, 4: False}  # yes, no, guessed yes, guessed no; 0 is unknown
_UP: Final = 0x1  # RTF_UP, of a route
_ANYWHERE: Final = "0" * 8
_ANYWHERE_6: Final = ("0" * 32, "00")


def read_metered(root: Path, *, ask_manager: bool, interfaces: Sequence[str]) -> Reading:
    """1 on a connection that costs, 0 otherwise. `ask_manager`: NetworkManager's word counts too."""
    used = _default_interfaces(root)
    if listed := [name for name in used if name in interfaces]:
        return Reading(1.0, f"the way out goes through {listed[0]}, which the policy lists")
    if not ask_manager:
        return Reading(0.0, f"the way out goes through {', '.join(used) or 'no interface'}")
    try:
        told = _METERED.get(read_property(root, *_MANAGER, "Metered"))
    except NotOnBus as why:
        return Reading.unknown(str(why))
    if told is None:
        return Reading.unknown("NetworkManager does not know whether the connection is metered")
    return Reading(float(told), "NetworkManager calls the connection " + ("metered" if told else "free of charge"))


def _default_interfaces(root: Path) -> list[str]:
    """The interfaces of all default routes."""
    found = []
    for line in (read_text(root / "proc/net/route") or "").splitlines()[1:]:
        match line.split():
            case [name, destination, _, flags, _, _, _, mask, *_] if destination == mask == _ANYWHERE:
                if int(flags, 16) & _UP:
                    found.append(name)
    for line in (read_text(root / "proc/net/ipv6_route") or "").splitlines():
        match line.split():
            case [destination, length, *_, flags, name] if (destination, length) == _ANYWHERE_6 and name != "lo":
                if int(flags, 16) & _UP:
                    found.append(name)
    return list(dict.fromkeys(found))
