"""Ports for servers that are told theirs before they are there."""

import random
import socket

_given: set[int] = set()
_CHANCE = random.SystemRandom()  # no test that seeds the other one gets the ports of its neighbour


def free_ports(count: int) -> list[int]:
    """So many ports of this machine that nobody uses, TCP or UDP, and that no other test of this process was given."""
    found: list[int] = []
    # Below the range from which the kernel picks for itself, so that none is taken between now and its use.
    for port in _CHANCE.sample(range(15000, 32000), 5000):
        if len(found) == count:
            break
        if port not in _given and _is_free(port):
            _given.add(port)
            found.append(port)
    assert len(found) == count
    return found


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
