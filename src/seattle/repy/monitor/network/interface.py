"""What the socket calls need of a network."""

import socket
from typing import Protocol

from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.transport import Transport


class Here(Protocol):
    """Where this computer is, among all addresses."""

    def is_mine(self, address: Address) -> bool:
        """Whether this computer has the address, for all that can be found out."""
        ...

    def is_near(self, address: Address) -> bool:
        """Whether the address is in an IPv6 network that this computer is part of.

        What is there has public addresses, and still is at the donor's home: a router keeps strangers out, not us.
        """
        ...


class Network(Here, Protocol):
    """Sockets and names. All sockets are non-blocking; calls raise OSError as the kernel would."""

    def resolve(self, name: str) -> str:
        """One address of a host, IPv4 if it has one. Blocks; called in a thread of its own.

        Raises OSError, or UnicodeError for what can't be a name.
        """
        ...

    def my_address(self) -> str | None:
        """The address by which other computers see this one, None if there is no way out."""
        ...

    def addresses_of(self, interface: str) -> list[Address]:
        """The addresses of an interface, IPv4 first; none if there is no such interface now."""
        ...

    def can_bind(self, address: Address) -> bool:
        """Whether a program could use this address of its own now."""
        ...

    def bind_udp(self, local: Address, port: int) -> socket.socket:
        """A UDP socket on exactly this address and port."""
        ...

    def listen_tcp(self, local: Address, port: int, backlog: int) -> socket.socket:
        """A listening TCP socket."""
        ...

    def connect_tcp(self, local: Address, local_port: int, remote: Address, remote_port: int) -> socket.socket:
        """A TCP socket whose handshake is under way; writable once that is over, `SO_ERROR` tells how it went."""
        ...

    def has_listener(self, transport: Transport, local: Address, port: int) -> bool:
        """Whether anybody on this computer listens on this address."""
        ...

    def has_connection(self, local: Address, local_port: int, remote: Address, remote_port: int) -> bool:
        """Whether exactly this TCP connection exists, in a state other than cleaning up."""
        ...
