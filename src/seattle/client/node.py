"""What is known of a node."""

from dataclasses import dataclass
from typing import Self

from seattle.fabric.advert import Advert


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node, as it advertises itself."""

    id: str
    addresses: tuple[str, ...] = ()
    version: str = ""
    nat: str = ""  # nat: nobody can connect to it; public: others may; unknown
    public_address: str = ""  # as its broker sees it
    seen_at: float = 0.0  # seconds since 1970, by the node's clock

    @classmethod
    def of(cls, advert: Advert) -> Self:
        """What an advert says."""
        return cls(
            id=advert.node,
            addresses=tuple(advert.addresses),
            version=advert.version,
            nat=advert.nat.value,
            public_address=advert.public_address,
            seen_at=advert.issued_at,
        )
