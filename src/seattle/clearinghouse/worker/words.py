"""Texts of nodes, made fit for a database and a page: short, printable, and harmless to both."""

from seattle.clearinghouse.fleet.models import Node
from seattle.fabric.advert import NatKind

_NATS = {NatKind.PUBLIC: Node.Nat.PUBLIC, NatKind.NAT: Node.Nat.NAT, NatKind.UNKNOWN: Node.Nat.UNKNOWN}


def fit(text: str, most: int) -> str:
    """The text without control characters (PostgreSQL takes no NUL), cut to so many characters."""
    return "".join(one if one.isprintable() else " " for one in text[: 4 * most]).strip()[:most]


def nat_of(kind: NatKind) -> str:
    """As our rows have it."""
    return _NATS[kind]
