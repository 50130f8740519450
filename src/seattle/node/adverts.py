"""What a node says of itself to the directory."""

from collections.abc import Sequence
from typing import Final

import structlog

from seattle.fabric.advert import MAX_HOLDING_BACK, Advert
from seattle.node.addresses import Whereabouts
from seattle.node.records import VesselRecord
from seattle.resources.kinds import NUMBERS
from seattle.resources.vector import ResourceVector

MAX_PRINCIPALS: Final = 256  # that a directory takes from one node

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

    Owners come before users: if there are more principals than a directory takes, users are those left out, and they
    still reach their vessels when they know the node.
    """
    shown = [vessel for vessel in vessels if vessel.advertise]
    principals = dict.fromkeys([vessel.owner for vessel in shown])
    principals |= dict.fromkeys([user for vessel in shown for user in vessel.users])
    if len(principals) > MAX_PRINCIPALS:
        log.warning("principals_not_advertised", left_out=len(principals) - MAX_PRINCIPALS)
    held = {
        principal.id: [vessel.name for vessel in shown if principal == vessel.owner or principal in vessel.users]
        for principal in list(principals)[:MAX_PRINCIPALS]
    }
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
