"""A statement as an installer makes it, for tests."""

from typing import Any

from seattle.identity.keys import KeyPair
from seattle.installer.statement import FORMAT, BundleFact, NodePart, Statement

OWNER = KeyPair.from_seed(b"o" * 32).public
SIGNER = KeyPair.from_seed(b"s" * 32)


def statement(**changes: Any) -> Statement:
    """One that is as it should be, but for `changes`."""
    values: dict[str, Any] = {
        "format": FORMAT,
        "id": "a1" * 20,
        "name": "a class",
        "bundle": BundleFact("1.2.0", "0" * 64, 1000),
        "loader": "1" * 64,
        "vesselinfo": f"Percent 100\nOwner {OWNER.id}\n",
        "node": NodePart(["nats://127.0.0.1:4222"]),
    }
    return Statement(**{**values, **changes})
