"""The addresses of a network interface, as the kernel lists them (rtnetlink)."""

import socket
import struct
from collections.abc import Iterator
from ipaddress import ip_address

from seattle.repy.monitor.network.addresses import Address

PATIENCE = 1.0  # seconds; the kernel answers at once

_REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_ERROR, _DONE, _NEW_ADDRESS, _GET_ADDRESS = 2, 3, 20, 22
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ABOUT = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, interface
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_LARGEST = 1 << 16  # bytes of one answer


def addresses_of(interface: str) -> list[Address]:
    """Its addresses, IPv4 first; none if there is no such interface now. Raises OSError.

    Link-local IPv6 addresses are left out: they need a zone, which no call takes.
    """
    try:
        index = socket.if_nametoindex(interface)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return []
    found = [address for number, address in _all_addresses() if number == index]
    usable = [address for address in found if not (address.version == 6 and address.is_link_local)]
    return sorted(usable, key=lambda address: address.version)


def _all_addresses() -> list[tuple[int, Address]]:
    """Every address of this computer, with the number of its interface."""
    found: list[tuple[int, Address]] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as line:
        line.settimeout(PATIENCE)
        line.send(_HEADER.pack(_HEADER.size + _ABOUT.size, _GET_ADDRESS, _REQUEST_DUMP, 1, 0) + bytes(_ABOUT.size))
        while True:
            for kind, body in _messages(line.recv(_LARGEST)):
                if kind in (_DONE, _ERROR):
                    return found
                if kind == _NEW_ADDRESS and (entry := _read_address(body)) is not None:
                    found.append(entry)


def _messages(packet: bytes) -> Iterator[tuple[int, bytes]]:
    while len(packet) >= _HEADER.size:
        length, kind, _flags, _sequence, _port = _HEADER.unpack_from(packet)
        yield kind, packet[_HEADER.size : length]
        packet = packet[max(_aligned(length), _HEADER.size) :]


def _read_address(body: bytes) -> tuple[int, Address] | None:
    family, _prefix, _flags, _scope, index = _ABOUT.unpack_from(body)
    if family not in (socket.AF_INET, socket.AF_INET6):
        return None
    attributes: dict[int, bytes] = {}
    rest = body[_ABOUT.size :]
    while len(rest) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(rest)
        attributes[kind] = rest[_ATTRIBUTE.size : length]
        rest = rest[max(_aligned(length), _ATTRIBUTE.size) :]
    # On a link between two computers IFA_ADDRESS is the other one's.
    packed = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS)
    return None if packed is None else (index, ip_address(packed))


def _aligned(length: int) -> int:
    return (length + 3) & ~3
