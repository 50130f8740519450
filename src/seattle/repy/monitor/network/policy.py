"""Where a donor lets packets go, judged by the address actually used, never by a name."""

from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from seattle.repy.monitor.network.addresses import Address, embedded_ipv4
from seattle.repy.monitor.network.interface import Here
from seattle.repy.monitor.network.transport import Transport

MAIL_PORT = 25


class Rule(Enum):
    """What a donor's policy keeps programs from, in words for their authors."""

    METADATA = "metadata services"  # they give out the host's credentials
    LINK_LOCAL = "link-local addresses"
    MULTICAST = "multicast addresses"
    RESERVED = "reserved and broadcast addresses"
    PRIVATE = "private networks"
    MAIL = "mail servers, so that no spam comes from the donor's address"
    THIS_COMPUTER = "services of this computer itself"
    SYSTEM = "what this computer's own rules forbid, such as broadcasts and what a firewall stops"


class Objection(NamedTuple):
    """Why a packet may not go where a program wants it to."""

    rule: Rule
    detail: str

    @property
    def text(self) -> str:
        """For the program and for its log."""
        return f"the donor's policy keeps programs from {self.rule.value}: {self.detail}"


class NetworkPolicy(NamedTuple):
    """What a donor allows beyond the vessel's own ports and rates."""

    neighbours: range = range(0)  # ports on this computer that belong to vessels, this one's or others'
    messports: frozenset[int] = frozenset()  # UDP ports of this vessel
    connports: frozenset[int] = frozenset()  # TCP ports of this vessel
    private: bool = False  # whether the donor's private network may be reached

    def objection(self, destination: Address, port: int, transport: Transport, here: Here) -> Objection | None:
        """Why no packet may go to `destination`; None if it may. Loopback addresses always count as `here`'s own."""
        if port == MAIL_PORT:
            return Objection(Rule.MAIL, f"port {port} of {destination}")
        inner = None if destination.is_loopback else embedded_ipv4(destination)
        if inner is not None:  # a translator or a tunnel would deliver there
            found = self._objection_to(inner, port, transport, here)
            if found is not None:
                return Objection(found.rule, f"{destination} stands for {found.detail}")
        return self._objection_to(destination, port, transport, here)

    def may_be_told(self, address: Address, here: Here) -> bool:
        """Whether a program may learn that a name stands for this address: who asked for many would map a network."""
        if address.is_loopback:
            return True
        if not self.private and here.is_near(address):
            return False
        rules = {_rule_about(one) for one in (address, embedded_ipv4(address)) if one is not None}
        return rules <= ({None, Rule.PRIVATE} if self.private else {None})

    def _objection_to(self, address: Address, port: int, transport: Transport, here: Here) -> Objection | None:
        rule = _rule_about(address)
        if rule is not None and rule is not Rule.PRIVATE:
            return Objection(rule, str(address))
        if address.is_loopback or here.is_mine(address):
            if port in self.neighbours or port in self._own_ports(transport):
                return None
            return Objection(Rule.THIS_COMPUTER, f"{transport.value} port {port} of {address} is no vessel's")
        if not self.private and (rule is Rule.PRIVATE or here.is_near(address)):
            return Objection(Rule.PRIVATE, str(address))
        return None

    def _own_ports(self, transport: Transport) -> frozenset[int]:
        return self.messports if transport is Transport.UDP else self.connports


def _networks(*texts: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(map(ip_network, texts))


# The first that contains an address is the rule about it.
_RULES = (
    (
        Rule.METADATA,
        _networks(
            *("169.254.169.254/32", "169.254.170.2/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32"),
            *("fd00:ec2::254/128", "fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128", "fd00:42::42/128"),
        ),
    ),
    (Rule.LINK_LOCAL, _networks("169.254.0.0/16", "fe80::/10")),
    (Rule.MULTICAST, _networks("224.0.0.0/4", "ff00::/8")),
    (Rule.RESERVED, _networks("240.0.0.0/4", "0.0.0.0/8", "::/128")),
    (
        Rule.PRIVATE,
        _networks(
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"),
            # Never on the Internet, so whoever has them has them at home: benchmarks, a network's own routes.
            *("192.0.0.0/24", "198.18.0.0/15", "2001:2::/48", "5f00::/16"),
            "64:ff9b:1::/48",  # translators of one's own: which IPv4 address it ends at is theirs to say
        ),
    ),
)


@lru_cache(maxsize=1024)
def _rule_about(address: Address) -> Rule | None:
    """The rule for addresses like this one, wherever it is used. A program may send thousands of packets a second."""
    for rule, networks in _RULES:
        if any(address in network for network in networks):
            return rule
    return None
