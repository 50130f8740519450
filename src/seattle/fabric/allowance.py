"""How many calls a node looks at, by caller: so that whoever floods it wastes its own calls and nobody else's.

It is asked before anything of a call is opened, and believes the caller's name in the call's subject, under which the
broker lets nobody else publish. A broker that lies about it gains nothing: it could drop the calls just as well.
"""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

import structlog

RATE: Final = 300.0  # calls a second; a file of chunks comes at 200 a second from a fast line
BURST: Final = 8000.0  # calls at once; a node remembers no more than 10,000 of one caller in the time they are valid
MAX_CALLERS: Final = 10_000  # that are remembered

CUSTOMERS_SHARE: Final = 4  # times what one network has, for all networks of a customer with IPv6

_IPV6_NETWORK: Final = 64  # bits
_IPV6_CUSTOMER: Final = 48  # bits; a free tunnel has so many, and with them 65,536 networks

log = structlog.get_logger()


@dataclass(slots=True)
class _Bucket:
    left: float  # calls
    at: float  # when `left` was right, in seconds
    told: bool = False  # whether the log says that calls of this caller are dropped


class Allowance:
    """A token bucket for each caller. `clock`: seconds since any moment."""

    def __init__(
        self,
        *,
        rate: float = RATE,
        burst: float = BURST,
        max_callers: int = MAX_CALLERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._max_callers = max_callers
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}  # in the order of their latest calls

    def take(self, caller: str) -> bool:
        """Whether one more call of this caller is to be looked at now."""
        now = self._clock()
        bucket = self._buckets.pop(caller, None) or _Bucket(self._burst, now)
        self._buckets[caller] = bucket
        if len(self._buckets) > self._max_callers:
            del self._buckets[next(iter(self._buckets))]  # who has been silent longest is most likely to be full again
        bucket.left = min(self._burst, bucket.left + max(0.0, now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.left >= 1:
            bucket.left -= 1
            bucket.told &= bucket.left < self._burst / 2
            return True
        if not bucket.told:
            bucket.told = True
            log.warning("calls_dropped", caller=caller, more_than_a_second=self._rate)
        return False


@dataclass(frozen=True)
class AllowanceByNetwork:
    """An allowance for each network, and one for each customer who may have many networks of IPv6."""

    of_network: Allowance
    of_customer: Allowance

    @classmethod
    def at(cls, *, rate: float, burst: float) -> Self:
        """With so many calls a second, and at once, for each network."""
        more = CUSTOMERS_SHARE
        return cls(Allowance(rate=rate, burst=burst), Allowance(rate=more * rate, burst=more * burst))

    def take(self, address: str) -> bool:
        """Whether one more call from this address is to be looked at now."""
        network = network_of(address)
        customer = customer_of(network)
        return self.of_network.take(network) and (not customer or self.of_customer.take(customer))


def customer_of(network: str) -> str:
    """What one customer of a provider may have with IPv6, by a network in it; empty for IPv4, and if unknown."""
    return str(ipaddress.ip_network(network).supernet(new_prefix=_IPV6_CUSTOMER)) if ":" in network else ""


def network_of(address: str) -> str:
    """What is counted as one: an IPv4 address, or the 2^64 addresses that anybody with IPv6 has; empty if unknown."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, _IPV6_NETWORK), strict=False))
