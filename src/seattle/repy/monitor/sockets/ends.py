"""The ends of a packet's way, as calls name them: read once, and well-formed from then on."""

from typing import NamedTuple

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.addresses import Address, check_port, parse_ip
from seattle.repy.monitor.refused import RefusedError


class End(NamedTuple):
    """One end: an address and a port."""

    address: Address
    port: int

    def __str__(self) -> str:
        return f"{self.address} port {self.port}"


class Way(NamedTuple):
    """From an end on this computer to one anywhere."""

    local: End
    remote: End


def read_local(localip: str, localport: int) -> End:
    """The end that a listener names. Raises RefusedError (ARGUMENT)."""
    address = parse_ip(localip, "localip")
    check_port(localport, "localport")
    return End(address, localport)


def read_way(destip: str, destport: int, localip: str, localport: int, *, timeout: float | None = None) -> Way:
    """The two ends that a call names. Raises RefusedError (ARGUMENT).

    `timeout`, where a call has one, is judged among them: the order of the checks is part of the API.
    """
    remote, local = parse_ip(destip, "destip"), parse_ip(localip, "localip")
    check_port(destport, "destport")
    check_port(localport, "localport")
    if remote.version != local.version:
        raise RefusedError(
            Refusal.ARGUMENT,
            f"destip is IPv{remote.version} and localip IPv{local.version}; they have to match",
        )
    if timeout is not None and not timeout > 0:
        raise RefusedError(Refusal.ARGUMENT, f"timeout {timeout} is not a positive number of seconds")
    if (remote, destport) == (local, localport):
        raise RefusedError(Refusal.ARGUMENT, "local and remote address and port are the same")
    return Way(End(local, localport), End(remote, destport))
