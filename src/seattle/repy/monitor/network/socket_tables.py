"""The kernel's tables of sockets and addresses: who listens here, who is connected to whom, what others share."""

import os
import re
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.transport import Transport

_LISTEN = "0A"
_LIVE = ("01", "02", "08")  # ESTABLISHED, SYN_SENT, CLOSE_WAIT, as the kernel's tables name them
_LARGEST_NETWORK = 80  # bits that tell its computers apart: what is larger (tunnels, meshes) is nobody's home
_NAMES = {Transport.UDP: ("udp", "udp6"), Transport.TCP: ("tcp", "tcp6")}


class _Row(NamedTuple):
    """One socket: both ends, and its state."""

    local: tuple[Address, int]
    remote: tuple[Address, int]
    state: str


class SocketTables:
    """Opened at once, for the file system may be closed to us later. Each look reads anew."""

    def __init__(self) -> None:
        self._tables = {transport: [_open_table(name) for name in names] for transport, names in _NAMES.items()}
        self._anycast, self._addresses = map(_open_table, ("anycast6", "if_inet6"))

    def close(self) -> None:
        """Let go of them. Nothing can be looked up any more."""
        for fd in (self._anycast, self._addresses, *(fd for fds in self._tables.values() for fd in fds)):
            if fd is not None:
                os.close(fd)

    def has_listener(self, transport: Transport, local: Address, port: int) -> bool:
        """Whether anybody on this computer receives at this address, by name or as one of all."""
        # Who listens on all IPv6 addresses mostly listens on all IPv4 addresses, too.
        everywhere = (IPv4Address(0), IPv6Address(0)) if local.version == 4 else (IPv6Address(0),)
        return any(
            (transport is Transport.UDP or row.state == _LISTEN) and row.local[0] in (local, *everywhere)
            for row in self._rows(transport, port)
        )

    def has_connection(self, local: tuple[Address, int], remote: tuple[Address, int]) -> bool:
        """Whether exactly this TCP connection exists, in a state other than cleaning up."""
        return any(
            (row.local, row.remote) == (local, remote) and row.state in _LIVE
            for row in self._rows(Transport.TCP, local[1])
        )

    def has_anycast(self, address: IPv6Address) -> bool:
        """Whether this computer receives at this address as one of several, and so can't bind it.

        Whoever forwards IPv6 packets (a router, a computer with containers) has one for each of its networks.
        """
        return f" {address.packed.hex()} ".encode() in _read(self._anycast)

    def is_on_link(self, address: IPv6Address) -> bool | None:
        """Whether one of this computer's addresses is in the same network, by what its interface says of that.

        None if nobody can tell.
        """
        if self._addresses is None:
            return None
        number = int(address)
        for line in _read(self._addresses).splitlines():
            own, _interface, length, *_ = line.split()
            bits = 128 - int(length, 16)
            if 0 < bits <= _LARGEST_NETWORK and int(own, 16) >> bits == number >> bits:
                return True
        return False

    def _rows(self, transport: Transport, port: int) -> list[_Row]:
        """Sockets at this local port. The computer may have many thousands of others.

        A socket made for IPv6 may well carry IPv4, so both tables count whatever the address.
        """
        rows: list[_Row] = []
        wanted = re.compile(rb"^ *\d+: ([0-9A-F]+:%04X) ([0-9A-F]+:[0-9A-F]{4}) ([0-9A-F]{2})" % port, re.MULTILINE)
        for fd in self._tables[transport]:
            for local, remote, state in wanted.findall(_read(fd)):
                rows.append(_Row(_endpoint(local.decode()), _endpoint(remote.decode()), state.decode()))
        return rows


def _open_table(name: str) -> int | None:
    try:
        return os.open(f"/proc/net/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # a kernel without IPv6, or one that shows it to nobody: diagnosis is then less exact
        return None


def _read(fd: int | None) -> bytes:
    text = bytearray()
    while fd is not None and (chunk := os.pread(fd, 1 << 16, len(text))):
        text += chunk
    return bytes(text)


def _endpoint(text: str) -> tuple[Address, int]:
    """Read `0100007F:1F90`: the address as native 32-bit words in hexadecimal, then the port."""
    words, _, port = text.partition(":")
    raw = bytes.fromhex(words)
    packed = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    if len(packed) == 4:
        return IPv4Address(packed), int(port, 16)
    address = IPv6Address(packed)
    return address.ipv4_mapped or address, int(port, 16)
