"""Where a donor lets packets go, judged by the address actually used, never by a name."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.addresses import Address, embedded_ipv4
from seattle.repy.monitor.refused import RefusedError

_PRIVATE = tuple(
    map(
        ip_network,
        (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"),
            *("192.0.0.0/24", "198.18.0.0/15"),  # never on the Internet, so whoever has them has them at home
            "64:ff9b:1::/48",  # translators of one's own: which IPv4 address it ends at is theirs to say
        ),
    )
)
_NEVER = {
    # Link-local holds the metadata services of hosting providers, which give out the host's credentials.
    "link-local": tuple(map(ip_network, ("169.254.0.0/16", "fe80::/10"))),
    "a metadata service": tuple(
        map(
            ip_network,
            (
                *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128"),
                *("fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128", "fd00:42::42/128"),
            ),
        )
    ),
    "multicast": tuple(map(ip_network, ("224.0.0.0/4", "ff00::/8"))),
    "broadcast or reserved": tuple(map(ip_network, ("240.0.0.0/4", "0.0.0.0/8", "::/128"))),
}
_FORBIDDEN_PORTS = {25: "mail servers: a donor's address must not become a source of spam"}


class NetworkPolicy(NamedTuple):
    """What a donor allows beyond the vessel's own ports and rates."""

    neighbours: range = range(0)  # ports on this computer that belong to vessels, this one's or others'
    own_ports: frozenset[int] = frozenset()
    private: bool = False  # whether the donor's private network may be reached

    def check(self, destination: Address, port: int, *, on_this_computer: bool) -> None:
        """Refuse, with the reason, to let a packet go to `destination`.

        `on_this_computer`: the address is one of this computer's own; loopback addresses always count as such.
        """
        if port in _FORBIDDEN_PORTS:
            raise RefusedError(Refusal.FORBIDDEN, f"the donor forbids port {port} ({_FORBIDDEN_PORTS[port]})")
        inner = embedded_ipv4(destination)
        if inner is not None and not destination.is_loopback:
            self.check(inner, port, on_this_computer=False)
        for kind, networks in _NEVER.items():
            if _within(destination, networks):
                raise RefusedError(Refusal.FORBIDDEN, f"the donor forbids {destination}: the address is {kind}")
        if destination.is_loopback or on_this_computer:
            if port not in self.neighbours and port not in self.own_ports:
                raise RefusedError(
                    Refusal.FORBIDDEN,
                    f"the donor forbids port {port} of the computer itself: it is no vessel's port",
                )
        elif not self.private and _within(destination, _PRIVATE):
            raise RefusedError(
                Refusal.FORBIDDEN, f"the donor forbids {destination}: the address is in a private network"
            )


def _within(address: Address, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return any(address in network for network in networks)
