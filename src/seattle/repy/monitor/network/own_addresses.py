"""Which of this computer's addresses a program is told, and which it may use."""

from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.refused import RefusedError

_LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


class Preference(NamedTuple):
    """What whoever starts a program wants it to use, the best first: addresses, then those of interfaces."""

    addresses: tuple[Address, ...] = ()
    interfaces: tuple[str, ...] = ()
    only_these: bool = False  # nothing else may be used, loopback apart


ANY = Preference()


class OwnAddresses:
    """Applies a preference to what this computer has at the moment: interfaces come, go, and change."""

    def __init__(self, network: Network, preference: Preference) -> None:
        self._network = network
        self._preference = preference

    def told(self) -> str | None:
        """What `getmyip` answers: the first that is preferred and can be used, or the way out; None without any."""
        if self._preference == ANY:
            return self._network.my_address()
        return str(next(iter(self._usable()), _LOOPBACK[0]))

    def check(self, local: Address) -> None:
        """Refuse an address that the program may not use."""
        if self._preference.only_these and local not in _LOOPBACK and local not in self._usable():
            raise RefusedError(
                Refusal.FORBIDDEN, f"this program may not use {local}: it was started for other addresses"
            )

    def _usable(self) -> list[Address]:
        wanted = [*self._preference.addresses]
        for interface in self._preference.interfaces:
            wanted += self._network.addresses_of(interface)
        return [address for address in dict.fromkeys(wanted) if self._network.can_bind(address)]
