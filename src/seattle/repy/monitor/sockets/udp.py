"""Datagrams: sent at once, received by listeners."""

import socket
from typing import NamedTuple

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.transport import Transport
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.repy.monitor.sockets import kernel_answers
from seattle.repy.monitor.sockets.ends import End, Way, read_local, read_way
from seattle.repy.monitor.sockets.held import Listeners, Means
from seattle.repy.monitor.sockets.rates import PACKET, Rates
from seattle.repy.monitor.sockets.units import take_or_close
from seattle.resources.meter import Slot

MAX_DATAGRAM = 9216  # bytes, the reference's limit on every system
SEND_PATIENCE = 10.0  # seconds that a datagram waits for room in a queue of the kernel's
_LOOK_AGAIN = 0.005  # seconds; several calls may wait for one socket, so none can have its readiness for itself
_LARGEST = 65535  # bytes that a datagram from elsewhere may have


class _Listener(NamedTuple):
    local: End
    socket: socket.socket
    slot: Slot
    rates: Rates


class Udp(Listeners[_Listener]):
    """The datagrams and listeners of one vessel."""

    def __init__(self, means: Means) -> None:
        super().__init__(means)
        self._by_end: dict[End, _Listener] = {}

    def send_message(self, destip: str, destport: int, message: bytes, localip: str, localport: int) -> Task:
        """Send a datagram; the number of bytes sent."""
        way = read_way(destip, destport, localip, localport)
        self._admission.admit_local(way.local, Transport.UDP)
        self._admission.admit_remote(way.remote, Transport.UDP)
        if len(message) > MAX_DATAGRAM:
            raise RefusedError(
                Refusal.ARGUMENT,
                f"the message has {len(message)} bytes; at most {MAX_DATAGRAM} fit in a datagram",
            )
        rates = self._rates(way.remote.address)
        if (yield from rates.wait_to_send()):
            self._admission.admit_remote(way.remote, Transport.UDP)  # it may be this computer's by now
        flow = self._destinations.to(Transport.UDP, str(way.remote.address), way.remote.port)
        listener = self._by_end.get(way.local)
        if listener is not None:
            sent: int = yield from self._send(listener.socket, message, way)
        else:
            sent = yield from self._send_from_new_socket(message, way)
        flow.sent += sent
        seconds = rates.send.charge(PACKET + sent)
        if seconds > 0:
            yield Sleep(seconds)
        return sent

    def listen(self, localip: str, localport: int) -> int:
        """A handle on a listener."""
        local = read_local(localip, localport)
        self._admission.admit_local(local, Transport.UDP)
        sock = self._bind(local)
        slot = take_or_close(self._meter.insockets, sock)
        handle = self._new_handle()
        self._open[handle] = self._by_end[local] = _Listener(local, sock, slot, self._rates(local.address))
        return handle

    def get_message(self, handle: int) -> Task:
        """`[remote ip, remote port, message]` of one waiting datagram."""
        rates = self._find(handle).rates
        yield from rates.wait_to_receive()
        listener = self._find(handle)
        try:
            message, sender = listener.socket.recvfrom(_LARGEST)
        except BlockingIOError as why:
            raise RefusedError(Refusal.WOULD_BLOCK, "no message is waiting") from why
        except OSError as why:
            self.close(handle)
            raise RefusedError(Refusal.CLOSED_LOCAL, f"the listener broke and is closed: {why.strerror}") from why
        seconds = rates.receive.charge(PACKET + len(message))
        if seconds > 0:
            yield Sleep(seconds)
        remote_ip = sender[0].partition("%")[0]  # the kernel adds the interface to link-local IPv6 addresses
        self._destinations.at(Transport.UDP, remote_ip, listener.local.port).received += len(message)
        return [remote_ip, sender[1], message]

    def close(self, handle: int) -> bool:
        """True if it was open."""
        if self.holds(handle):
            del self._by_end[self._find(handle).local]
        return super().close(handle)

    def _bind(self, local: End, *, taken: Refusal | None = None) -> socket.socket:
        try:
            return self._network.bind_udp(*local)
        except OSError as why:
            code = why.errno or 0
            raise kernel_answers.bind_refused(code, self._network, Transport.UDP, local, taken=taken) from why

    def _send_from_new_socket(self, message: bytes, way: Way) -> Task:
        sock = self._bind(way.local, taken=Refusal.DUPLICATE_TUPLE)
        slot = take_or_close(self._meter.outsockets, sock)
        try:
            return (yield from self._send(sock, message, way))
        finally:
            sock.close()
            slot.release()

    def _send(self, sock: socket.socket, message: bytes, way: Way) -> Task:
        deadline = self._clock() + SEND_PATIENCE
        while True:
            if sock.fileno() < 0:
                raise RefusedError(Refusal.CLOSED_LOCAL, "the listener was closed while the message waited")
            try:
                return sock.sendto(message, (str(way.remote.address), way.remote.port))
            except BlockingIOError as why:
                if self._clock() > deadline:
                    raise RefusedError(Refusal.NETWORK, "the queue of outgoing packets stays full") from why
                yield Sleep(_LOOK_AGAIN)
            except OSError as why:
                raise self._not_sent(why.errno or 0, way) from why

    def _not_sent(self, code: int, way: Way) -> RefusedError:
        objection = kernel_answers.prohibited(code, way.remote)
        if objection is not None:
            return self._admission.refused(objection)
        return kernel_answers.send_refused(code, way)
