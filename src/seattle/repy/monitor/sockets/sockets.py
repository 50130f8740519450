"""All network calls of one vessel."""

import socket
import time
from collections.abc import Callable

from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.network.own_addresses import ANY, OwnAddresses, Preference
from seattle.repy.monitor.network.policy import NetworkPolicy
from seattle.repy.monitor.scheduler import Task
from seattle.repy.monitor.sockets.admission import Admission
from seattle.repy.monitor.sockets.budget import Budget
from seattle.repy.monitor.sockets.destinations import Destinations
from seattle.repy.monitor.sockets.held import Means
from seattle.repy.monitor.sockets.names import Names
from seattle.repy.monitor.sockets.rates import Rates
from seattle.repy.monitor.sockets.tcp_connections import TcpConnections
from seattle.repy.monitor.sockets.tcp_listeners import TcpListeners
from seattle.repy.monitor.sockets.udp import Udp
from seattle.repy.monitor.sockets.waits import Waits
from seattle.resources.meter import Meter


class Sockets:
    """A vessel's network. Calls raise RefusedError, or the errors of `seattle.resources` that a program may see."""

    def __init__(
        self,
        network: Network,
        policy: NetworkPolicy,
        meter: Meter,
        new_handle: Callable[[], int],
        *,
        note: Callable[[str], None],
        preference: Preference = ANY,
        budget: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`note` writes a line to the vessel's log; `budget` is in bytes, see `Budget`."""
        self.budget = Budget(meter.netsend, meter.netrecv, budget, note=note)
        self._loop = Rates(meter.loopsend, meter.looprecv)
        self._net = Rates(meter.netsend, meter.netrecv, self.budget)
        own_addresses = OwnAddresses(network, preference)
        self._admission = Admission(network, policy, own_addresses, meter, note=note)
        self._names = Names(network, policy, own_addresses, self._net)
        self.destinations = Destinations()
        waits = Waits(self._socket)
        means = Means(
            network=network,
            admission=self._admission,
            meter=meter,
            new_handle=new_handle,
            rates=self._rates,
            destinations=self.destinations,
            on_closed=waits.closed,
            clock=clock,
        )
        self._udp = Udp(means)
        self._connections = TcpConnections(means)
        self._listeners = TcpListeners(means, self._connections)
        # On the way of every byte, so without a detour.
        self.receive = self._connections.receive
        self.send = self._connections.send
        self.end_sending = self._connections.end_sending
        self.get_message = self._udp.get_message
        self.get_connection = self._listeners.accept
        self.wait_ready = waits.wait

    def get_host_by_name(self, name: str) -> Task:
        """An address of a host."""
        return self._admission.charged(self._names.get_host_by_name(name))

    def get_my_ip(self) -> Task:
        """The address by which others reach this computer."""
        return self._admission.charged(self._names.get_my_ip())

    def send_message(self, destip: str, destport: int, message: bytes, localip: str, localport: int) -> Task:
        """Send a datagram; the number of bytes sent."""
        return self._admission.charged(self._udp.send_message(destip, destport, message, localip, localport))

    def listen_for_message(self, localip: str, localport: int) -> Task:
        """A handle on a UDP listener."""
        return self._admission.charged(_later(lambda: self._udp.listen(localip, localport)))

    def open_connection(self, destip: str, destport: int, localip: str, localport: int, timeout: float) -> Task:
        """A handle on a connection, within `timeout` seconds."""
        return self._admission.charged(self._connections.connect(destip, destport, localip, localport, timeout))

    def listen_for_connection(self, localip: str, localport: int) -> Task:
        """A handle on a TCP listener."""
        return self._admission.charged(_later(lambda: self._listeners.listen(localip, localport)))

    def close(self, handle: int) -> bool | Task:
        """True if the socket was open."""
        if self._connections.holds(handle):
            return self._connections.close(handle)
        return self._udp.close(handle) or self._listeners.close(handle)

    def close_all(self) -> None:
        """Give all ports back. The run is over, and the next one may want them at once."""
        self._udp.close_all()
        self._listeners.close_all()
        self._connections.close_all()

    def _socket(self, handle: int) -> socket.socket | None:
        parts = self._connections, self._udp, self._listeners
        return next((sock for part in parts if (sock := part.socket_of(handle)) is not None), None)

    def _rates(self, address: Address) -> Rates:
        return self._loop if address.is_loopback else self._net


def _later(call: Callable[[], int]) -> Task:
    """A task that waits for nothing."""
    yield from ()
    return call()
