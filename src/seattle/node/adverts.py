"""What a node says of itself to the directory."""

from collections.abc import Iterator, Sequence
from typing import Final

import structlog

from seattle.fabric.advert import MAX_HOLDING_BACK, Advert
from seattle.identity.keys import PublicKey
from seattle.node.addresses import Whereabouts
from seattle.node.records import VesselRecord
from seattle.resources.kinds import NUMBERS
from seattle.resources.vector import ResourceVector

MAX_PRINCIPALS: Final = 256  # that a directory takes from one node
MAX_HELD: Final = 24 * 1024  # bytes that keys and names take in an advert; the rest of 32 KiB is for all else
_KEY_BYTES: Final = 61  # of a principal, encoded
_NAME_BYTES: Final = 2  # of a name, encoded, without its characters

log = structlog.get_logger()


def make_advert(
    vessels: Sequence[VesselRecord],
    *,
    version: str,
    where: Whereabouts,
    donated: ResourceVector,
    holding_back: str = "",
) -> Advert:
    """The advert of a node with these vessels; who it is and when is for the publisher to add.

    Owners come before users, and each vessel's first user before any one's second: if there are more than a directory
    takes, they are left out from the end, and still reach their vessels when they know the node. So whoever divides
    a vessel into many, with many users each, keeps no owner of another from being found.
    """
    held: dict[str, list[str]] = {}
    left_out, room = 0, MAX_HELD
    for principal, name in _by_urgency([vessel for vessel in vessels if vessel.advertise]):
        cost = _NAME_BYTES + len(name) + (0 if principal.id in held else _KEY_BYTES)
        if cost > room or (principal.id not in held and len(held) >= MAX_PRINCIPALS):
            left_out += 1
        elif name not in held.setdefault(principal.id, []):
            held[principal.id].append(name)
            room -= cost
    if left_out:
        log.warning("holders_not_advertised", left_out=left_out)
    return Advert(
        node="",  # set, with the date, by whoever signs
        issued_at=0.0,
        version=version,
        vessels=held,
        addresses=where.addresses,
        nat=where.nat,
        public_address=where.public_address,
        resources={resource.value: float(donated[resource]) for resource in NUMBERS},
        holding_back=holding_back[:MAX_HOLDING_BACK],
    )


def _by_urgency(vessels: Sequence[VesselRecord]) -> Iterator[tuple[PublicKey, str]]:
    """Who holds what: all owners, then the first user of each vessel, then the second ...."""
    most = max((len(vessel.holders) for vessel in vessels), default=0)
    for place in range(most):
        yield from ((vessel.holders[place], vessel.name) for vessel in vessels if place < len(vessel.holders))
