"""Addresses of this machine that nothing else of ours has. All of 127.0.0.0/8 is this machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from typing import Final

from seattle.testbed.errors import TestbedError

LOOPBACK: Final = "127.0.0.1"

_TESTBEDS: Final = range(1, 255)  # 127.N.0.0/16 is for testbed N; all that others serve here is in 127.0.0.0/16


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
def reserved_addresses() -> Iterator[IPv4Network]:
    """Addresses that no other testbed on this machine has, as long as the block lasts.

    So all nodes have the ports that nodes have everywhere, and a program with one port runs on each.
    Raises TestbedError when there are none left.
    """
    for number in _TESTBEDS:
        # The name is in the kernel alone, so it is free again when its owner ends, however that happens.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as claim:
            try:
                claim.bind(f"\0seattle-testbed-{number}")
            except OSError:
                continue
            yield IPv4Network(f"127.{number}.0.0/16")
            return
    raise TestbedError(f"{len(_TESTBEDS)} testbeds run on this machine, which is all that can; stop one first")
