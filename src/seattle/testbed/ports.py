"""Ports of this machine that nothing else of ours has."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from seattle.node.settings import PORTS
from seattle.testbed.errors import TestbedError

LOOPBACK: Final = "127.0.0.1"

_FIRST_PORT: Final = 61000  # above the ports that Linux picks by itself
_PAST_LAST_PORT: Final = 65535
MOST_NODES: Final = (_PAST_LAST_PORT - _FIRST_PORT) // PORTS


def free_port(wanted: int = 0) -> int:
    """A port for a server on loopback: this one if it is free, else any."""
    for port in (wanted, 0):
        try:
            with socket.create_server((LOOPBACK, port)) as server:
                found: int = server.getsockname()[1]
                return found
        except OSError:
            continue
    raise TestbedError("no port of this machine is free")


@contextmanager
def reserved_ports(nodes: int) -> Iterator[range]:
    """Ports for so many nodes that no other testbed on this machine has, as long as the block lasts.

    Raises TestbedError when there are not enough.
    """
    claims: list[socket.socket] = []
    try:
        for first in range(_FIRST_PORT, _PAST_LAST_PORT - nodes * PORTS + 1, PORTS):
            ports = range(first, first + nodes * PORTS)
            claims = _claim(ports)
            if claims:
                yield ports
                return
        raise TestbedError(f"all ports from {_FIRST_PORT} on belong to other testbeds on this machine; stop one first")
    finally:
        for claim in claims:
            claim.close()


def _claim(ports: range) -> list[socket.socket]:
    """One socket for each node's ports, with a name that only one process can have; none if one is taken.

    The name is in the kernel alone, so it is free again when its owner ends, however that happens.
    """
    claims: list[socket.socket] = []
    for first in ports[::PORTS]:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        claims.append(claim)
        try:
            claim.bind(f"\0seattle-testbed-ports-{first}")
        except OSError:
            for taken in claims:
                taken.close()
            return []
    return claims
