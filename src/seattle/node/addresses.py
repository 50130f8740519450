"""Where this computer is in the network: the addresses that it has, and the one by which its broker sees it.

A node only ever dials out, so control works from behind any translator of addresses (NAT). But the programs on it need
to know whether others can connect to them. The broker tells each client the address that its connection comes from; if
this computer does not have that address, there is a translator in between. That is looked at anew at each connect.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv6Address, ip_address

import structlog

from seattle.fabric.advert import NatKind
from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.host import HostNetwork

log = structlog.get_logger()


class Whereabouts:
    """What is known of this computer's place in the network at the moment.

    Args:
        chosen: addresses that the donor wants to be told to others; empty to find out.
        network: this computer's.
    """

    def __init__(self, chosen: Sequence[str], network: HostNetwork) -> None:
        self.addresses: list[str] = list(chosen)
        self.public_address = ""  # as the broker sees it; empty while that is unknown
        self.nat = NatKind.UNKNOWN
        self._chosen = bool(chosen)
        self._network = network
        self._look()

    def connected(self, seen_as: str) -> None:
        """The broker has been reached, and says that we come from this address."""
        seen = parse(seen_as)
        self._look()
        self.public_address = "" if seen is None else str(seen)
        self.nat = nat_kind(seen, is_mine=self._network.is_mine)
        log.info("node_whereabouts", addresses=self.addresses, public_address=self.public_address, nat=self.nat.value)

    def _look(self) -> None:
        if not self._chosen:
            found = self._network.my_address()
            self.addresses = [] if found is None else [found]


def parse(seen_as: str) -> Address | None:
    """The address in a broker's words; None for what is none, and for one that says nothing of where we are."""
    if "%" in seen_as:  # a scope, which has no bound and means nothing to others
        return None
    try:
        address = ip_address(seen_as)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return None if address.is_loopback or address.is_unspecified else address


def nat_kind(seen: Address | None, *, is_mine: Callable[[Address], bool]) -> NatKind:
    """Whether a translator stands between us and a broker that sees us as `seen`.

    A private address of our own says only that the broker is in the same private network: nobody knows what is beyond.
    """
    if seen is None:
        return NatKind.UNKNOWN
    if not is_mine(seen):
        return NatKind.NAT
    return NatKind.UNKNOWN if seen.is_private else NatKind.PUBLIC
