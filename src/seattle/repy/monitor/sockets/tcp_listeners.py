"""TCP listeners, and the connections that they accept."""

import os
import socket
from ipaddress import ip_address
from typing import NamedTuple

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.transport import Transport
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.repy.monitor.sockets import kernel_answers
from seattle.repy.monitor.sockets.ends import read_local
from seattle.repy.monitor.sockets.held import Listeners, Means
from seattle.repy.monitor.sockets.rates import HANDSHAKE, PACKET, Rates
from seattle.repy.monitor.sockets.tcp_connections import TcpConnections
from seattle.repy.monitor.sockets.units import take_or_close
from seattle.resources.meter import Slot

_LEAST_BACKLOG, _MOST_BACKLOG = 5, 4096  # connections that may wait at a listener


class _Listener(NamedTuple):
    socket: socket.socket
    slot: Slot
    rates: Rates
    port: int


class TcpListeners(Listeners[_Listener]):
    """The listeners of one vessel. What they accept goes to its connections."""

    def __init__(self, means: Means, connections: TcpConnections) -> None:
        super().__init__(means)
        self._connections = connections

    def listen(self, localip: str, localport: int) -> int:
        """A handle on a listener."""
        local = read_local(localip, localport)
        self._admission.admit_local(local, Transport.TCP)
        # Connections that wait here are nobody's outsockets yet, and each has its buffers: further listeners get less.
        backlog = max(self._meter.outsockets.limit // (self._meter.insockets.held + 1), _LEAST_BACKLOG)
        backlog = min(backlog, _MOST_BACKLOG)
        try:
            sock = self._network.listen_tcp(*local, backlog)
        except OSError as why:
            raise kernel_answers.bind_refused(why.errno or 0, self._network, Transport.TCP, local) from why
        slot = take_or_close(self._meter.insockets, sock)
        handle = self._new_handle()
        self._open[handle] = _Listener(sock, slot, self._rates(local.address), local.port)
        return handle

    def accept(self, handle: int) -> Task:
        """`[remote ip, remote port, handle]` of one waiting connection."""
        rates = self._find(handle).rates
        yield from rates.wait()
        listener = self._find(handle)  # somebody may have closed it meanwhile
        try:
            sock, peer = listener.socket.accept()
        except OSError as why:
            code = why.errno or 0
            if code in kernel_answers.NO_CONNECTION:
                raise RefusedError(Refusal.WOULD_BLOCK, "no connection is waiting") from why
            raise RefusedError(Refusal.NETWORK, f"no connection can be accepted: {os.strerror(code)}") from why
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        seconds = rates.charge(sent=PACKET, received=HANDSHAKE)
        remote_ip = peer[0].partition("%")[0]  # the kernel adds the interface to link-local IPv6 addresses
        flow = self._destinations.at(Transport.TCP, remote_ip, listener.port)
        connection = self._connections.adopt(sock, ip_address(remote_ip), flow)
        if seconds > 0:
            yield Sleep(seconds)
        return [remote_ip, peer[1], connection]
