"""How large a testbed is, and what each of its vessels has."""

import os
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from seattle.node.vesselinfo import STEP, WHOLE
from seattle.resources.splitting import OFFCUT
from seattle.resources.vector import ResourceVector
from seattle.testbed.errors import TestbedError

MOST_NODES: Final = 100

# What each vessel has, whatever the machine: enough for a class to work with.
_MEMORY = 128 * 1024 * 1024  # bytes
_DISK = 100 * 1000 * 1000  # bytes
_RATE = 10 * 1000 * 1000  # bytes a second, of everything that has a rate
_EVENTS = 50  # threads
_ITEMS = 50  # open files, listeners and connections, of each
_LEAST_CPU = 0.01  # cores


@dataclass(frozen=True)
class Size:
    """How large a testbed is. Raises TestbedError for what can't be."""

    nodes: int = 3
    vessels: int = 2  # on each node
    networks: int | None = None  # in which the nodes lie, as a site sees it; without it, each in one of its own

    def __post_init__(self) -> None:
        if not 1 <= self.nodes <= MOST_NODES:
            raise TestbedError(f"{self.nodes} nodes can't be had on one machine; choose 1 to {MOST_NODES}")
        if not 1 <= self.vessels <= WHOLE // STEP:
            raise TestbedError(f"a node can't be divided into {self.vessels} vessels; choose 1 to {WHOLE // STEP}")
        if self.networks is not None and not 1 <= self.networks <= self.nodes:
            raise TestbedError(f"{self.nodes} nodes can't lie in {self.networks} networks; choose 1 to {self.nodes}")

    def address(self, node: int, block: IPv4Network) -> str:
        """Where this node is, in a block of 65536 addresses: a site takes each /24 of it for a network.

        All networks but the first have one node: so there is a LAN as large as can be, and a WAN of them all.
        """
        networks = self.networks or self.nodes
        network = max(0, node - (self.nodes - networks))
        host = 1 if network else node + 1
        return str(block[256 * network + host])

    def unit(self) -> dict[str, int | float]:
        """What one vessel has, without its ports: this machine's cores are divided among all."""
        rates = ("fileread", "filewrite", "netsend", "netrecv", "loopsend", "looprecv", "lograte", "random")
        items = ("filesopened", "insockets", "outsockets")
        return {
            "cpu": max(_LEAST_CPU, round(len(os.sched_getaffinity(0)) / self.nodes / self.vessels, 3)),
            "memory": _MEMORY,
            "diskused": _DISK,
            "events": _EVENTS,
            **dict.fromkeys(rates, _RATE),
            **dict.fromkeys(items, _ITEMS),
        }

    def donation(self) -> dict[str, int | float]:
        """What one node gives: so many units, and what dividing it costs."""
        whole = OFFCUT
        for _ in range(self.vessels):
            whole = whole + ResourceVector.from_mapping(self.unit()) + OFFCUT
        return {name: amount for name, amount in whole.to_mapping().items() if isinstance(amount, int | float)}
