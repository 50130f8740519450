"""The identifiers of Chord: numbers of 32 bits on a circle, which nodes and keys have.

A node is named by its place, an (IP, port). There is no network here, so that it can be tried alone.
"""

import hashlib

BITS = 32
RING = 2**BITS


def number_of(text):
    """Where a key or a node is on the ring."""
    return int.from_bytes(hashlib.sha1(text.encode()).digest()[:4], "big")


def number_of_node(place):
    return number_of(f"{place[0]}:{place[1]}")


def is_between(number, after, until):
    """Whether a number is on the way from `after`, without it, to `until`, with it. All the ring if both are one."""
    if after == until:
        return True
    return 0 < (number - after) % RING <= (until - after) % RING


def as_place(value):
    """What JSON has made of an (IP, port)."""
    ip, port = value
    return str(ip), int(port)
