"""Addresses of this machine that nothing else of ours has. All of 127.0.0.0/8 is this machine."""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Network
from typing import Final

from seattle.testbed.errors import TestbedError

LOOPBACK: Final = "127.0.0.1"

_PORTS: Final = range(15_000, 32_000)  # below those that the kernel hands out to whoever wants any
_TESTBEDS: Final = range(1, 255)  # 127.N.0.0/16 is for testbed N; all that others serve here is in 127.0.0.0/16


def free_port() -> int:
    """A port for a server on loopback that is free now, and that nobody gets who does not ask for it by its number.

    Raises TestbedError when there are none left.
    """
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with suppress(OSError), socket.create_server((LOOPBACK, port)):  # an error: somebody serves there
            return port
    raise TestbedError(f"all ports of this machine from {_PORTS[0]} to {_PORTS[-1]} are taken; end what serves there")


@contextmanager
def reserved_port(wanted: int) -> Iterator[int]:
    """This port of loopback, if it is free, and no other testbed gets it as long as the block lasts; else any."""
    with _claim() as claim:
        try:
            claim.bind(f"\0seattle-testbed-port-{wanted}")
            with socket.create_server((LOOPBACK, wanted)):
                pass
        except OSError:
            yield free_port()
        else:
            yield wanted


@contextmanager
def reserved_addresses() -> Iterator[IPv4Network]:
    """Addresses that no other testbed on this machine has, as long as the block lasts.

    So all nodes have the ports that nodes have everywhere, and a program with one port runs on each.
    Raises TestbedError when there are none left.
    """
    for number in _TESTBEDS:
        with _claim() as claim:
            try:
                claim.bind(f"\0seattle-testbed-{number}")
            except OSError:
                continue
            yield IPv4Network(f"127.{number}.0.0/16")
            return
    raise TestbedError(f"{len(_TESTBEDS)} testbeds run on this machine, which is all that can; stop one first")


def _claim() -> socket.socket:
    """To be bound to a name in the kernel alone, which is free again when its owner ends, however that happens."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
