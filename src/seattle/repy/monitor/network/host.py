"""This computer's own network."""

import errno
import os
import re
import socket
from ipaddress import IPv4Address, IPv6Address

from seattle.repy.monitor.network.addresses import Address

BUFFER = 128 * 1024
"""Bytes of kernel memory for each direction of a socket, so that buffers can't hold data outside the memory quota.

The kernel doubles the figure; a sender whose peer never reads still stops within 1 MiB.
"""

# Nothing is ever sent to these: they are public addresses that any route to the Internet leads to (root name servers).
_LANDMARKS = {
    socket.AF_INET: ("198.41.0.4", "199.7.83.42"),
    socket.AF_INET6: ("2001:503:ba3e::2:30", "2001:500:9f::42"),
}

_LISTEN = "0A"
_LIVE = ("01", "02", "08")  # ESTABLISHED, SYN_SENT, CLOSE_WAIT, as the kernel's tables name them


class HostNetwork:
    """Real sockets. The kernel's socket tables are opened at once, for the file system may be closed to us later."""

    def __init__(self) -> None:
        self._tables = {name: _open_table(name) for name in ("tcp", "tcp6", "udp", "udp6")}

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

    def is_mine(self, address: Address) -> bool:
        """See `Network`. Only an address of this computer can be bound.

        When the kernel has another reason to refuse that (no descriptor is free, say) nobody knows: then it is ours,
        or a program that uses up what there is could reach the donor's own services.
        """
        try:
            with socket.socket(_family(address), socket.SOCK_DGRAM) as probe:
                probe.bind((str(address), 0))
        except OSError as why:
            return why.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
        return True

    def bind_udp(self, local: Address, port: int) -> socket.socket:
        """See `Network`."""
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

    def has_listener(self, protocol: str, local: Address, port: int) -> bool:
        """See `Network`."""
        wildcard = type(local)(0)
        for mine, _, state in self._rows(protocol, local, port):
            if mine[0] in (local, wildcard) and (protocol == "udp" or state == _LISTEN):
                return True
        return False

    def has_connection(self, local: Address, local_port: int, remote: Address, remote_port: int) -> bool:
        """See `Network`."""
        wanted = ((local, local_port), (remote, remote_port))
        return any(
            (mine, theirs) == wanted and state in _LIVE for mine, theirs, state in self._rows("tcp", local, local_port)
        )

    def _rows(
        self, protocol: str, local: Address, port: int
    ) -> list[tuple[tuple[Address, int], tuple[Address, int], str]]:
        """Sockets at this local port: both ends, and the state. The computer may have many thousands of others."""
        fd = self._tables[protocol if isinstance(local, IPv4Address) else protocol + "6"]
        if fd is None:
            return []
        text = bytearray()
        while chunk := os.pread(fd, 1 << 16, len(text)):
            text += chunk
        rows = re.findall(rb"^ *\d+: ([0-9A-F]+:%04X) ([0-9A-F]+:[0-9A-F]{4}) ([0-9A-F]{2})" % port, text, re.MULTILINE)
        return [(_endpoint(mine.decode()), _endpoint(theirs.decode()), state.decode()) for mine, theirs, state in rows]


def _bound(kind: socket.SocketKind, local: Address, port: int) -> socket.socket:
    sock = socket.socket(_family(local), kind)
    try:
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        if kind is socket.SOCK_STREAM:
            # Without this a vessel's port is dead for a minute after each connection.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        sock.bind((str(local), port))
    except OSError:
        sock.close()
        raise
    return sock


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6


def _open_table(name: str) -> int | None:
    try:
        return os.open(f"/proc/net/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # a kernel without IPv6, or no /proc: diagnosis is then less exact
        return None


def _endpoint(text: str) -> tuple[Address, int]:
    """Read `0100007F:1F90`: the address as native 32-bit words in hexadecimal, then the port."""
    words, _, port = text.partition(":")
    raw = bytes.fromhex(words)
    packed = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    return (IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed)), int(port, 16)
