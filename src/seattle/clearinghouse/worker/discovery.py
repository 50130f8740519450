"""Which nodes are there: those that the directory knows to hold something for our key, by their own signed word."""

from datetime import UTC, datetime
from typing import Final

from seattle.clearinghouse.fleet.adverts import Seen
from seattle.clearinghouse.fleet.places import plain_address
from seattle.clearinghouse.worker.words import fit, nat_of
from seattle.fabric.advert import Advert

_ADDRESSES: Final = 4  # of one node that are remembered
_RESOURCES: Final = 64


def seen(advert: Advert, now: datetime) -> Seen:
    """What an advert says, made fit for a database."""
    addresses = [plain_address(text) for text in (advert.public_address, *advert.addresses)]
    return Seen(
        node_id=advert.node,
        at=min(datetime.fromtimestamp(advert.issued_at, UTC), now),
        version=fit(advert.version, 64),
        nat=nat_of(advert.nat),
        addresses=tuple(dict.fromkeys(address for address in addresses if address))[:_ADDRESSES],
        resources=_finite(advert.resources),
        holding_back=fit(advert.holding_back, 300),
    )


def _finite(resources: dict[str, float]) -> dict[str, float]:
    """Amounts that JSON, and a database, has a word for."""
    named = {fit(name, 40): amount for name, amount in list(resources.items())[:_RESOURCES]}
    return {name: float(amount) for name, amount in named.items() if name and abs(amount) < 1e18}
