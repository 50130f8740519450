"""Ends on this computer: which of the vessel's ports a socket gets when it names none, and which addresses.

A vessel has ports of its own (`messport` for UDP, `connport` for TCP, see `getresources`), so where CPython's sockets
get any free port of the computer, these get one of those.
"""

from errno import EADDRINUSE, EADDRNOTAVAIL
from ipaddress import ip_address
from random import randrange

ANY = {4: ("", "0.0.0.0"), 6: ("", "::")}  # noqa: S104 - how programs write it; nothing is bound to these
"""What stands for all addresses of this computer, by the version of IP."""

_LOOPBACK = {4: "127.0.0.1", 6: "::1"}
_IN_USE = (AlreadyListeningError, DuplicateTupleError, CleanupInProgressError)


class Ports:
    """The vessel's ports of one kind, `messport` or `connport`."""

    def __init__(self, kind):
        self._kind = kind
        self._ports = None
        self._next = 0

    def first_free(self, use):
        """What `use(port)` returns for the first of the ports that nobody has.

        They take turns, so that one that was just used has the time to come free. Raises OSError when all are taken.
        """
        if self._ports is None:
            self._ports = sorted(getresources()[0][self._kind])
            # Anywhere: what the last program had may not have come free yet.
            self._next = randrange(len(self._ports)) if self._ports else 0  # noqa: S311
        for _ in self._ports:
            port = self._ports[self._next % len(self._ports)]
            self._next += 1
            try:
                return use(port)
            except _IN_USE:
                continue
        raise OSError(EADDRNOTAVAIL if not self._ports else EADDRINUSE, f"no {self._kind} of the vessel is free")


connection_ports = Ports("connport")
message_ports = Ports("messport")


def version_of(ip):
    """4 or 6. Raises ValueError for what is no address."""
    return ip_address(ip).version


def is_loopback(ip):
    """Whether packets to this address stay on this computer."""
    return ip_address(ip).is_loopback


def address_towards(ip):
    """The address of this computer from which packets go to another one."""
    if is_loopback(ip):
        return _LOOPBACK[version_of(ip)]
    mine = getmyip()
    if version_of(mine) != version_of(ip):
        raise InternetConnectivityError(f"this computer has no IPv{version_of(ip)} address to the Internet")
    return mine


def own_addresses(version):
    """The addresses that a socket for any of this computer's listens at, of one version of IP."""
    found = [_LOOPBACK[version]]
    try:
        mine = getmyip()
    except (InternetConnectivityError, ResourceUsageError):
        return found
    return found if version_of(mine) != version or mine in found else [*found, mine]
