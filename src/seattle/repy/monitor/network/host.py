"""This computer's own network."""

import errno
import os
import socket
from ipaddress import IPv4Address, IPv6Address

from seattle.repy.monitor.network import interfaces
from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.socket_tables import SocketTables
from seattle.repy.monitor.network.transport import Transport

BUFFER = 128 * 1024
"""Bytes of kernel memory for each direction of a socket, so that buffers can't hold data outside the memory quota.

The kernel doubles the figure; a sender whose peer never reads still stops within 1 MiB.
"""

# Nothing is ever sent to these: they are public addresses that any route to the Internet leads to (root name servers).
_LANDMARKS = {
    socket.AF_INET: ("198.41.0.4", "199.7.83.42"),
    socket.AF_INET6: ("2001:503:ba3e::2:30", "2001:500:9f::42"),
}


class HostNetwork:
    """Real sockets."""

    def __init__(self) -> None:
        self._tables = SocketTables()

    def close(self) -> None:
        """Let go of the kernel's tables. A monitor has its network until it ends; others may need one for a while."""
        self._tables.close()

    def resolve(self, name: str) -> str:
        """See `Network`."""
        if "\0" in name:  # the C library would look up what stands before it
            raise OSError(errno.EINVAL, "the name contains a NUL character")
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        if not found:
            raise OSError(errno.ENOENT, "the name has no address")
        best = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        return str(best[4][0])

    def my_address(self) -> str | None:
        """See `Network`."""
        for family, landmarks in _LANDMARKS.items():
            for landmark in landmarks:
                try:
                    with socket.socket(family, socket.SOCK_DGRAM) as probe:
                        probe.connect((landmark, 53))
                        return str(probe.getsockname()[0])
                except OSError:
                    continue
        return None

    def addresses_of(self, interface: str) -> list[Address]:
        """See `Network`."""
        try:
            return interfaces.addresses_of(interface)
        except OSError:
            return []

    def can_bind(self, address: Address) -> bool:
        """See `Network`."""
        return _why_not_bound(address) is None

    def is_mine(self, address: Address) -> bool:
        """See `Network`. Only an address of this computer can be bound, and all of them but IPv6's of many can.

        When the kernel has another reason to refuse that (no descriptor is free, say) nobody knows: then it is ours,
        or a program that uses up what there is could reach the donor's own services.
        """
        if _why_not_bound(address) not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return True
        return isinstance(address, IPv6Address) and self._tables.has_anycast(address)

    def is_near(self, address: Address) -> bool:
        """See `Network`. Where nobody can tell it is near, as long as there is IPv6 at all: as in `is_mine`."""
        if not isinstance(address, IPv6Address):
            return False
        on_link = self._tables.is_on_link(address)
        return _why_not_bound(address) != errno.EAFNOSUPPORT if on_link is None else on_link

    def bind_udp(self, local: Address, port: int) -> socket.socket:
        """See `Network`."""
        if _is_broadcast(local):
            raise OSError(errno.EADDRNOTAVAIL, "the address of all computers of a network is none of this one")
        return _bound(socket.SOCK_DGRAM, local, port)

    def listen_tcp(self, local: Address, port: int, backlog: int) -> socket.socket:
        """See `Network`."""
        sock = _bound(socket.SOCK_STREAM, local, port)
        try:
            sock.listen(backlog)
        except OSError:
            sock.close()
            raise
        return sock

    def connect_tcp(self, local: Address, local_port: int, remote: Address, remote_port: int) -> socket.socket:
        """See `Network`."""
        sock = _bound(socket.SOCK_STREAM, local, local_port)
        code = sock.connect_ex((str(remote), remote_port))
        if code not in (0, errno.EINPROGRESS):
            sock.close()
            raise OSError(code, os.strerror(code))
        return sock

    def has_listener(self, transport: Transport, local: Address, port: int) -> bool:
        """See `Network`."""
        return self._tables.has_listener(transport, local, port)

    def has_connection(self, local: Address, local_port: int, remote: Address, remote_port: int) -> bool:
        """See `Network`."""
        return self._tables.has_connection((local, local_port), (remote, remote_port))


def _why_not_bound(address: Address) -> int | None:
    """The number of the error with which the kernel refuses this address; None if it can be bound."""
    try:
        with socket.socket(_family(address), socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError as why:
        return why.errno
    return None


def _is_broadcast(address: Address) -> bool:
    """Whether the kernel takes this for the address of a whole network; who binds that hears what all in it do."""
    if not isinstance(address, IPv4Address) or address.is_loopback:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        return probe.connect_ex((str(address), 1)) == errno.EACCES  # as long as a socket has not asked for broadcasts


def _bound(kind: socket.SocketKind, local: Address, port: int) -> socket.socket:
    sock = socket.socket(_family(local), kind)
    try:
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        if kind is socket.SOCK_STREAM:
            # Without this a vessel's port is dead for a minute after each connection.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Each send is charged as a packet, so let it be one: programs can't ask for it. Accepted ones inherit it.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        sock.bind((str(local), port))
    except OSError:
        sock.close()
        raise
    return sock


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
