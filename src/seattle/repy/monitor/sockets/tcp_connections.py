"""TCP connections: opened here or accepted, and what goes through them."""

import errno
import fcntl
import socket
import sys
import termios
from dataclasses import dataclass

from seattle.repy.door import MAX_DATA, Refusal
from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.transport import Transport
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import WRITABLE, Readiness, Sleep, Task
from seattle.repy.monitor.sockets import kernel_answers
from seattle.repy.monitor.sockets.destinations import Flow
from seattle.repy.monitor.sockets.ends import Way, read_way
from seattle.repy.monitor.sockets.held import HeldSockets
from seattle.repy.monitor.sockets.rates import HANDSHAKE, PACKET, Rates
from seattle.repy.monitor.sockets.units import take_or_close
from seattle.resources.errors import ResourceExhaustedError
from seattle.resources.meter import Slot

RETRY_AFTER = 0.2  # seconds between attempts to connect when the failure may pass
_LONGEST = 86400.0  # seconds that a program may wait for a connection
_ESTABLISHED = b"\x01"  # a connection that neither side has closed; linux/tcp.h


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    slot: Slot
    rates: Rates
    flow: Flow
    sends_no_more: bool = False


class TcpConnections(HeldSockets[_Connection]):
    """The connections of one vessel."""

    closed_text = "the connection is closed on this side"

    def connect(self, destip: str, destport: int, localip: str, localport: int, timeout: float) -> Task:
        """A handle on a connection, within `timeout` seconds."""
        way = read_way(destip, destport, localip, localport, timeout=timeout)
        self._admission.admit_local(way.local, Transport.TCP)
        self._admission.admit_remote(way.remote, Transport.TCP)
        rates = self._rates(way.remote.address)
        yield from rates.wait()
        flow = self._destinations.to(Transport.TCP, str(way.remote.address), way.remote.port)
        sock = yield from self._connect(way, min(timeout, _LONGEST), rates)
        handle = self.adopt(sock, way.remote.address, flow)
        # Sending was charged when the handshake began.
        yield from rates.pay(sent=0, received=PACKET)
        return handle

    def adopt(self, sock: socket.socket, peer: Address, flow: Flow) -> int:
        """A handle on a connection that stands. Raises ResourceExhaustedError and closes it when there are too many."""
        rates, unread = self._rates(peer), _unread(sock)
        try:
            slot = take_or_close(self._meter.outsockets, sock)
        except ResourceExhaustedError:
            _charge_unread(unread, flow, rates)
            raise
        handle = self._new_handle()
        self._open[handle] = _Connection(sock, slot, rates, flow)
        return handle

    def receive(self, handle: int, count: int) -> bytes | Task:
        """1 to `count` bytes. Mostly nobody has to wait: then it is no task, which would cost more than all else."""
        connection = self._find(handle)
        if count < 1:
            raise RefusedError(Refusal.ARGUMENT, f"recv needs a number of bytes of at least 1, not {count}")
        if connection.rates.debt() > 0:
            return self._receive_later(handle, count)
        data = self._take(handle, connection, count)
        seconds = connection.rates.charge(sent=PACKET, received=PACKET + len(data))
        return _after(seconds, data) if seconds > 0 else data

    def send(self, handle: int, data: bytes, half_closed: bool = False) -> int | Task:  # noqa: FBT001, FBT002 - for speed
        """How many bytes of `data` were accepted. Where the other side sends no more, only with `half_closed`."""
        connection = self._find(handle)
        if connection.rates.debt() > 0:
            return self._send_later(handle, data, half_closed)
        sent = self._give(handle, connection, data, half_closed)
        seconds = connection.rates.charge(sent=PACKET + sent, received=PACKET)
        return _after(seconds, sent) if seconds > 0 else sent

    def end_sending(self, handle: int) -> Task:
        """Tell the other side that no more will come. Once more changes nothing."""
        rates = self._find(handle).rates
        yield from rates.wait()
        connection = self._find(handle)
        if connection.sends_no_more:
            return
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError as why:
            raise self._broken(handle, why) from why
        connection.sends_no_more = True
        yield from rates.pay(sent=PACKET, received=PACKET)

    def close(self, handle: int) -> Task:
        """True if it was open."""
        rates = self._find(handle).rates
        while (seconds := max(rates.receive.wait_time(), rates.send.wait_time())) > 0:
            yield Sleep(seconds)
        if not self._drop(handle):
            return False
        yield from rates.pay(sent=HANDSHAKE, received=PACKET)
        return True

    def close_all(self) -> None:
        """Close what is open, charges or not: the run is over."""
        for handle in list(self._open):
            self._drop(handle)

    def _receive_later(self, handle: int, count: int) -> Task:
        yield from self._find(handle).rates.wait()
        connection = self._find(handle)  # somebody may have closed it meanwhile
        data = self._take(handle, connection, count)
        yield from connection.rates.pay(sent=PACKET, received=PACKET + len(data))
        return data

    def _send_later(self, handle: int, data: bytes, half_closed: bool) -> Task:  # noqa: FBT001 - as above
        yield from self._find(handle).rates.wait()
        connection = self._find(handle)
        sent = self._give(handle, connection, data, half_closed)
        yield from connection.rates.pay(sent=PACKET + sent, received=PACKET)
        return sent

    def _take(self, handle: int, connection: _Connection, count: int) -> bytes:
        try:
            data = connection.socket.recv(min(count, MAX_DATA))
        except BlockingIOError as why:
            raise RefusedError(Refusal.WOULD_BLOCK, "nothing to receive yet") from why
        except OSError as why:
            raise self._broken(handle, why) from why
        if not data:
            raise RefusedError(Refusal.CLOSED_REMOTE, "the other side has closed the connection")
        connection.flow.received += len(data)
        return data

    def _give(self, handle: int, connection: _Connection, data: bytes, half_closed: bool) -> int:  # noqa: FBT001
        if connection.sends_no_more:
            raise RefusedError(Refusal.CLOSED_LOCAL, "this side has said that it will send no more")
        try:
            if not half_closed and _is_closed_by_peer(connection.socket):
                raise RefusedError(Refusal.CLOSED_REMOTE, "the other side has closed the connection")
            sent = connection.socket.send(data) if data else 0
        except BlockingIOError as why:
            raise RefusedError(Refusal.WOULD_BLOCK, "the send buffer is full") from why
        except OSError as why:
            raise self._broken(handle, why) from why
        connection.flow.sent += sent
        return sent

    def _broken(self, handle: int, why: OSError) -> RefusedError:
        self._drop(handle)
        return kernel_answers.broken(why.errno or 0)

    def _drop(self, handle: int) -> bool:
        connection = self._open.pop(handle, None)
        if connection is None:
            return False
        _charge_unread(_unread(connection.socket), connection.flow, connection.rates)
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the peer was faster
        finally:
            connection.socket.close()
        connection.slot.release()
        self._on_closed(handle)
        return True

    def _connect(self, way: Way, timeout: float, rates: Rates) -> Task:
        """A connected socket. What may pass is tried again until `timeout` seconds are over."""
        deadline = self._clock() + timeout
        while True:
            # Anew each time: who has waited, up to a day, may find the address to be one of this computer's by now.
            self._admission.admit_remote(way.remote, Transport.TCP)
            tried = yield from self._attempt(way, deadline, rates)
            if isinstance(tried, socket.socket):
                return tried
            remaining = deadline - self._clock()
            if tried not in kernel_answers.TRANSIENT or remaining <= 0:
                raise self._not_connected(tried, way)
            yield Sleep(min(RETRY_AFTER, remaining))

    def _attempt(self, way: Way, deadline: float, rates: Rates) -> Task:
        """One try: the connected socket, or the number of the error."""
        try:
            sock = self._network.connect_tcp(*way.local, *way.remote)
        except OSError as why:
            return why.errno or 0
        try:
            # Before anybody knows what comes of it, and whether anybody waits: a scan of ports is traffic, too. Who
            # connects waits for it afterwards, who fails with the next call.
            rates.send.charge(HANDSHAKE)
            ready = yield Readiness(sock.fileno(), WRITABLE, max(deadline - self._clock(), 0))
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if ready else errno.ETIMEDOUT
        except BaseException:
            sock.close()
            raise
        if code == 0:
            return sock
        sock.close()
        return code

    def _not_connected(self, code: int, way: Way) -> RefusedError:
        objection = kernel_answers.prohibited(code, way.remote)
        if objection is not None:
            return self._admission.refused(objection)
        return kernel_answers.connect_refused(code, self._network, way)


def _after(seconds: float, value: bytes | int) -> Task:
    yield Sleep(seconds)
    return value


def _unread(sock: socket.socket) -> int:
    """Bytes that have come and that nobody has taken."""
    try:
        return int.from_bytes(fcntl.ioctl(sock, termios.FIONREAD, bytes(4)), sys.byteorder)
    except OSError:  # it broke, and with it what was there
        return 0


def _charge_unread(size: int, flow: Flow, rates: Rates) -> None:
    """It has come over the donor's line, whoever wants it."""
    if size:
        flow.received += size
        rates.receive.charge(size)


def _is_closed_by_peer(sock: socket.socket) -> bool:
    """Whether the peer has closed and all that it had sent was received. Raises OSError."""
    # The state of most connections rules it out, and asking for that is cheaper than an attempt to receive.
    if sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == _ESTABLISHED:
        return False
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
