"""Names of computers, and this one's own address."""

from ipaddress import ip_address

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.network.own_addresses import OwnAddresses
from seattle.repy.monitor.network.policy import NetworkPolicy
from seattle.repy.monitor.pace import LOOK_UPS, Pace
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import InThread, Sleep, Task
from seattle.repy.monitor.sockets.rates import Rates

LOOKUP_PATIENCE = 30.0  # seconds; resolvers ask several servers several times

# Bytes that a question and its answer cost (spec section 3.1).
_LOOKUP = {"sent": 1024, "received": 4096}
_MY_IP = {"sent": 256, "received": 128}


class Names:
    """The calls that find addresses out."""

    def __init__(self, network: Network, policy: NetworkPolicy, own_addresses: OwnAddresses, net: Rates) -> None:
        """`net`: the rates of what leaves this computer."""
        self._network = network
        self._policy = policy
        self._own_addresses = own_addresses
        self._net = net
        self._look_ups = Pace(LOOK_UPS)

    def get_host_by_name(self, name: str) -> Task:
        """An address of `name`, IPv4 if there is one. Other calls go on while the resolver works."""
        yield from self._net.wait()
        yield from self._net.pay(**_LOOKUP)
        if _is_literal(name):
            return name
        if (seconds := self._look_ups.take()) > 0:
            yield Sleep(seconds)
        try:
            found: str = yield InThread(lambda: self._network.resolve(name), LOOKUP_PATIENCE)
        except TimeoutError as why:
            raise RefusedError(
                Refusal.ADDRESS, f"the name {name!r} was looked up for {LOOKUP_PATIENCE:g} s without an answer"
            ) from why
        except (OSError, UnicodeError) as why:
            raise RefusedError(Refusal.ADDRESS, f"the name {name!r} can't be resolved: {why}") from why
        address = found.partition("%")[0]  # no call takes an address with an interface's name
        if not self._policy.may_be_told(ip_address(address), self._network):
            raise RefusedError(
                Refusal.ADDRESS, f"the name {name!r} can't be resolved: the donor's policy keeps its address to itself"
            )
        return address

    def get_my_ip(self) -> Task:
        """The address that the program was started for, or that of the way out."""
        yield from self._net.wait()
        yield from self._net.pay(**_MY_IP)
        address = self._own_addresses.told()
        if address is None:
            raise RefusedError(Refusal.INTERNET, "this computer has no way to the Internet now")
        return address


def _is_literal(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
