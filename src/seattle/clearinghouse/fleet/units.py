"""What one vessel has: the unit that nodes are divided into."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.conf import settings

PORTS_OF_A_UNIT: Final = 10

# About two percent of a small computer. More memory than the reference gave: Python 3 needs it to start with.
UNIT: Final[Mapping[str, int | float]] = {
    "cpu": 0.02,  # cores
    "memory": 64_000_000,  # bytes
    "diskused": 100_000_000,  # bytes
    "events": 50,
    "fileread": 100_000,  # bytes a second
    "filewrite": 100_000,
    "filesopened": 10,
    "insockets": 10,
    "outsockets": 10,
    "netsend": 10_000,
    "netrecv": 10_000,
    "loopsend": 100_000,
    "looprecv": 100_000,
    "lograte": 10_000,
    "random": 1_000,
}


def unit() -> dict[str, int | float]:
    """The resources of a unit, without its ports."""
    return {**UNIT, **settings.SITE.unit}


def unit_with(ports: Sequence[int]) -> dict[str, int | float | list[int]]:
    """The resources of a unit that has these ports, as a node's `split` takes them."""
    return {**unit(), "messport": list(ports), "connport": list(ports)}
