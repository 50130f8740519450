"""UDP and TCP as programs see them: the checks in their order, what each call charges, which error means what."""

import errno
import os
import socket
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import NamedTuple

from seattle.repy.door import MAX_DATA, Refusal
from seattle.repy.monitor.metering import pay, wait_for
from seattle.repy.monitor.network.addresses import Address, check_port, parse_ip
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.network.policy import NetworkPolicy
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import WRITABLE, InThread, Readiness, Sleep, Task
from seattle.resources.errors import ResourceExhaustedError
from seattle.resources.kinds import Resource
from seattle.resources.meter import ItemCounter, Meter, Slot, TokenBucket

MAX_DATAGRAM = 9216  # bytes, the reference's limit on every system
_LEAST_BACKLOG, _MOST_BACKLOG = 5, 4096  # connections that may wait at a listener
RETRY_AFTER = 0.2  # seconds between attempts to connect when the failure may pass

# What each call costs beyond its payload, in bytes (spec section 3).
_PACKET = 64
_HANDSHAKE = 128
_LOOKUP_SENT, _LOOKUP_RECEIVED = 1024, 4096
_MY_IP_SENT, _MY_IP_RECEIVED = 256, 128

_UNREACHABLE = {errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENONET}
_RESET = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ENOTCONN, errno.ESHUTDOWN, errno.ETIMEDOUT}
_TRANSIENT = {errno.EINTR, errno.EAGAIN, errno.ENOBUFS, errno.ETIMEDOUT}


class _Rates(NamedTuple):
    """Which two rates a packet is charged to."""

    send: TokenBucket
    receive: TokenBucket


class _Listener(NamedTuple):
    socket: socket.socket
    slot: Slot
    rates: _Rates


class _Connection(NamedTuple):
    socket: socket.socket
    slot: Slot
    rates: _Rates


class Sockets:
    """All network calls of one vessel."""

    def __init__(
        self,
        network: Network,
        policy: NetworkPolicy,
        meter: Meter,
        new_handle: Callable[[], int],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._network = network
        self._policy = policy
        self._meter = meter
        self._loop = _Rates(meter.loopsend, meter.looprecv)
        self._net = _Rates(meter.netsend, meter.netrecv)
        self._new_handle = new_handle
        self._now = clock
        self._udp: dict[int, _Listener] = {}
        self._udp_by_pair: dict[tuple[Address, int], int] = {}
        self._tcp: dict[int, _Listener] = {}
        self._connections: dict[int, _Connection] = {}

    # --- names ---------------------------------------------------------------------------------------------

    def get_host_by_name(self, name: str) -> Task:
        """An address of `name`; other calls go on while the resolver works."""
        yield from _charge(self._net, sent=_LOOKUP_SENT, received=_LOOKUP_RECEIVED)
        try:
            return (yield InThread(lambda: self._network.resolve(name)))
        except (OSError, UnicodeError) as why:
            raise RefusedError(Refusal.ADDRESS, f"the name {name!r} can't be resolved: {why}") from why

    def get_my_ip(self) -> Task:
        """The address of the way out."""
        yield from _charge(self._net, sent=_MY_IP_SENT, received=_MY_IP_RECEIVED)
        address = self._network.my_address()
        if address is None:
            raise RefusedError(Refusal.INTERNET, "this computer has no way to the Internet now")
        return address

    # --- UDP -----------------------------------------------------------------------------------------------

    def send_message(self, destip: str, destport: int, message: bytes, localip: str, localport: int) -> Task:
        """Send a datagram; the number of bytes sent."""
        remote, local = self._check_pairs(destip, destport, localip, localport)
        self._meter.use_port(Resource.MESSPORT, localport)
        self._check_policy(remote, destport)
        if len(message) > MAX_DATAGRAM:
            raise RefusedError(
                Refusal.ARGUMENT,
                f"the message has {len(message)} bytes; at most {MAX_DATAGRAM} fit in a datagram",
            )
        rates = self._rates(remote)
        yield from wait_for(rates.send)
        listening = self._udp_by_pair.get((local, localport))
        if listening is not None:
            sent = yield from self._send_datagram(self._udp[listening].socket, message, remote, destport)
        else:
            sent = yield from self._send_from_new_socket(local, localport, message, remote, destport)
        yield from pay(rates.send, _PACKET + sent)
        return sent

    def listen_for_message(self, localip: str, localport: int) -> int:
        """A handle on a UDP listener."""
        local = parse_ip(localip, "localip")
        check_port(localport, "localport")
        self._meter.use_port(Resource.MESSPORT, localport)
        sock = self._bind_udp(local, localport, taken=Refusal.ALREADY_LISTENING)
        slot = _take(self._meter.insockets, sock)
        handle = self._new_handle()
        self._udp[handle] = _Listener(sock, slot, self._rates(local))
        self._udp_by_pair[local, localport] = handle
        return handle

    def get_message(self, handle: int) -> Task:
        """`[remote ip, remote port, message]` of one waiting datagram."""
        rates = self._listener(self._udp, handle).rates
        yield from wait_for(rates.receive)
        sock = self._listener(self._udp, handle).socket
        try:
            message, sender = sock.recvfrom(65535)
        except BlockingIOError as why:
            raise RefusedError(Refusal.WOULD_BLOCK, "no message is waiting") from why
        except OSError as why:
            self._close_listener(handle)
            raise RefusedError(Refusal.CLOSED_LOCAL, f"the listener broke and is closed: {why.strerror}") from why
        yield from pay(rates.receive, _PACKET + len(message))
        return [sender[0], sender[1], message]

    # --- TCP -----------------------------------------------------------------------------------------------

    def open_connection(self, destip: str, destport: int, localip: str, localport: int, timeout: float) -> Task:
        """A handle on a connection, within `timeout` seconds."""
        remote, local = self._parse_pairs(destip, destport, localip, localport)
        if not timeout > 0:
            raise RefusedError(Refusal.ARGUMENT, f"timeout {timeout} is not a positive number of seconds")
        _check_not_same(remote, destport, local, localport)
        self._meter.use_port(Resource.CONNPORT, localport)
        self._check_policy(remote, destport)
        rates = self._rates(remote)
        yield from wait_for(rates.send, rates.receive)
        sock = yield from self._connect(local, localport, remote, destport, min(timeout, 86400.0), rates)
        slot = _take(self._meter.outsockets, sock)
        handle = self._new_handle()
        self._connections[handle] = _Connection(sock, slot, rates)
        yield from pay(rates.receive, _PACKET)
        yield from wait_for(rates.send)
        return handle

    def listen_for_connection(self, localip: str, localport: int) -> int:
        """A handle on a TCP listener."""
        local = parse_ip(localip, "localip")
        check_port(localport, "localport")
        self._meter.use_port(Resource.CONNPORT, localport)
        # Connections that wait here are nobody's outsockets yet, and each has its buffers: further listeners get less.
        backlog = max(self._meter.outsockets.limit // (self._meter.insockets.held + 1), _LEAST_BACKLOG)
        backlog = min(backlog, _MOST_BACKLOG)
        try:
            sock = self._network.listen_tcp(local, localport, backlog)
        except OSError as why:
            raise self._bind_refused(why, "tcp", local, localport, taken=Refusal.ALREADY_LISTENING) from why
        slot = _take(self._meter.insockets, sock)
        handle = self._new_handle()
        self._tcp[handle] = _Listener(sock, slot, self._rates(local))
        return handle

    def get_connection(self, handle: int) -> Task:
        """`[remote ip, remote port, handle]` of one waiting connection."""
        rates = self._listener(self._tcp, handle).rates
        yield from wait_for(rates.receive, rates.send)
        listener = self._listener(self._tcp, handle).socket
        try:
            sock, peer = listener.accept()
        except (BlockingIOError, ConnectionAbortedError) as why:
            raise RefusedError(Refusal.WOULD_BLOCK, "no connection is waiting") from why
        except OSError as why:
            raise RefusedError(Refusal.NETWORK, f"no connection can be accepted: {why.strerror}") from why
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        remote_ip = peer[0].partition("%")[0]  # the kernel adds the interface to link-local IPv6 addresses
        slot = _take(self._meter.outsockets, sock)
        connection = self._new_handle()
        self._connections[connection] = _Connection(sock, slot, self._rates(ip_address(remote_ip)))
        yield from _charge(rates, sent=_PACKET, received=_HANDSHAKE)
        return [remote_ip, peer[1], connection]

    def receive(self, handle: int, count: int) -> Task:
        """1 to `count` bytes."""
        if count < 1:
            raise RefusedError(Refusal.ARGUMENT, f"recv needs a number of bytes of at least 1, not {count}")
        rates = self._connection(handle).rates
        yield from wait_for(rates.receive, rates.send)
        sock = self._connection(handle).socket
        try:
            data = sock.recv(min(count, MAX_DATA))
        except BlockingIOError as why:
            raise RefusedError(Refusal.WOULD_BLOCK, "nothing to receive yet") from why
        except OSError as why:
            raise self._broken(handle, why) from why
        if not data:
            raise RefusedError(Refusal.CLOSED_REMOTE, "the other side has closed the connection")
        yield from _charge(rates, sent=_PACKET, received=_PACKET + len(data))
        return data

    def send(self, handle: int, data: bytes) -> Task:
        """How many bytes of `data` were accepted."""
        rates = self._connection(handle).rates
        yield from wait_for(rates.send, rates.receive)
        sock = self._connection(handle).socket
        try:
            if _closed_by_peer(sock):
                raise RefusedError(Refusal.CLOSED_REMOTE, "the other side has closed the connection")
            sent = sock.send(data) if data else 0
        except BlockingIOError as why:
            raise RefusedError(Refusal.WOULD_BLOCK, "the send buffer is full") from why
        except OSError as why:
            raise self._broken(handle, why) from why
        yield from _charge(rates, sent=_PACKET + sent, received=_PACKET)
        return sent

    # --- both ----------------------------------------------------------------------------------------------

    def close(self, handle: int) -> Task:
        """True if the socket was open."""
        connection = self._connections.get(handle)
        if connection is None:
            return self._close_listener(handle)
        rates = connection.rates
        yield from wait_for(rates.receive, rates.send)
        if not self._drop_connection(handle):
            return False
        yield from _charge(rates, sent=_HANDSHAKE, received=_PACKET)
        return True

    def close_all(self) -> None:
        """Give all ports back. The run is over, and the next one may want them at once."""
        for listener in (*self._udp.values(), *self._tcp.values()):
            listener.socket.close()
        for connection in self._connections.values():
            connection.socket.close()

    def _close_listener(self, handle: int) -> bool:
        listener = self._udp.pop(handle, None) or self._tcp.pop(handle, None)
        if listener is None:
            return False
        self._udp_by_pair = {pair: owner for pair, owner in self._udp_by_pair.items() if owner != handle}
        listener.socket.close()
        listener.slot.release()
        return True

    def _drop_connection(self, handle: int) -> bool:
        connection = self._connections.pop(handle, None)
        if connection is None:
            return False
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the peer was faster
        finally:
            connection.socket.close()
        connection.slot.release()
        return True

    def _listener(self, kind: dict[int, _Listener], handle: int) -> _Listener:
        listener = kind.get(handle)
        if listener is None:
            raise RefusedError(Refusal.CLOSED_LOCAL, "the listener is closed")
        return listener

    def _connection(self, handle: int) -> _Connection:
        connection = self._connections.get(handle)
        if connection is None:
            raise RefusedError(Refusal.CLOSED_LOCAL, "the connection is closed on this side")
        return connection

    def _broken(self, handle: int, why: OSError) -> RefusedError:
        self._drop_connection(handle)
        if why.errno in _RESET:
            return RefusedError(Refusal.CLOSED_REMOTE, "the connection was reset by the other side")
        return RefusedError(Refusal.CLOSED_LOCAL, f"the connection broke and is closed: {why.strerror}")

    def _rates(self, address: Address) -> _Rates:
        return self._loop if address.is_loopback else self._net

    # --- checks --------------------------------------------------------------------------------------------

    def _check_pairs(self, destip: str, destport: int, localip: str, localport: int) -> tuple[Address, Address]:
        remote, local = self._parse_pairs(destip, destport, localip, localport)
        _check_not_same(remote, destport, local, localport)
        return remote, local

    def _parse_pairs(self, destip: str, destport: int, localip: str, localport: int) -> tuple[Address, Address]:
        remote, local = parse_ip(destip, "destip"), parse_ip(localip, "localip")
        check_port(destport, "destport")
        check_port(localport, "localport")
        if remote.version != local.version:
            raise RefusedError(
                Refusal.ARGUMENT,
                f"destip is IPv{remote.version} and localip IPv{local.version}; they have to match",
            )
        return remote, local

    def _check_policy(self, remote: Address, port: int) -> None:
        self._policy.check(remote, port, on_this_computer=remote.is_loopback or self._network.is_mine(remote))

    # --- the kernel's answers ------------------------------------------------------------------------------

    def _send_from_new_socket(
        self, local: Address, localport: int, message: bytes, remote: Address, destport: int
    ) -> Task:
        sock = self._bind_udp(local, localport, taken=Refusal.DUPLICATE_TUPLE)
        slot = _take(self._meter.outsockets, sock)
        try:
            return (yield from self._send_datagram(sock, message, remote, destport))
        finally:
            sock.close()
            slot.release()

    def _send_datagram(self, sock: socket.socket, message: bytes, remote: Address, destport: int) -> Task:
        while True:
            try:
                return sock.sendto(message, (str(remote), destport))
            except BlockingIOError:
                yield Sleep(0.005)
            except OSError as why:
                raise _send_refused(why, remote, destport) from why

    def _bind_udp(self, local: Address, localport: int, *, taken: Refusal) -> socket.socket:
        try:
            return self._network.bind_udp(local, localport)
        except OSError as why:
            raise self._bind_refused(why, "udp", local, localport, taken=taken) from why

    def _bind_refused(self, why: OSError, protocol: str, local: Address, port: int, *, taken: Refusal) -> RefusedError:
        if why.errno == errno.EADDRINUSE:
            if self._network.has_listener(protocol, local, port):
                return RefusedError(taken, f"{protocol} port {port} of {local} is in use already")
            return RefusedError(
                Refusal.CLEANUP, f"{protocol} port {port} of {local} is being cleaned up; try again soon"
            )
        if why.errno == errno.EADDRNOTAVAIL:
            return RefusedError(Refusal.BINDING, f"{local} is not an address of this computer")
        return RefusedError(Refusal.NETWORK, f"{protocol} port {port} of {local} can't be bound: {why.strerror}")

    def _connect(
        self, local: Address, localport: int, remote: Address, destport: int, timeout: float, rates: _Rates
    ) -> Task:
        """A connected socket. What may pass is tried again until `timeout` seconds are over."""
        deadline = self._now() + timeout
        while True:
            code = yield from self._attempt(local, localport, remote, destport, deadline, rates)
            if isinstance(code, socket.socket):
                return code
            remaining = deadline - self._now()
            if code not in _TRANSIENT or remaining <= 0:
                raise self._connect_refused(code, local, localport, remote, destport)
            yield Sleep(min(RETRY_AFTER, remaining))

    def _attempt(
        self, local: Address, localport: int, remote: Address, destport: int, deadline: float, rates: _Rates
    ) -> Task:
        """One try: the connected socket, or the number of the error."""
        try:
            sock = self._network.connect_tcp(local, localport, remote, destport)
        except OSError as why:
            return why.errno
        try:
            # Before anybody knows what comes of it, and whether anybody waits: a scan of ports is traffic, too. Who
            # connects waits for it afterwards, who fails with the next call.
            rates.send.charge(_HANDSHAKE)
            ready = yield Readiness(sock.fileno(), WRITABLE, max(deadline - self._now(), 0))
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if ready else errno.ETIMEDOUT
        except BaseException:
            sock.close()
            raise
        if code == 0:
            return sock
        sock.close()
        return code

    def _connect_refused(
        self, code: int, local: Address, localport: int, remote: Address, destport: int
    ) -> RefusedError:
        there, here = f"{remote} port {destport}", f"{local} port {localport}"
        if code in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EISCONN):
            if self._network.has_listener("tcp", local, localport):
                return RefusedError(Refusal.ALREADY_LISTENING, f"{here} is listened on; connect from another port")
            if self._network.has_connection(local, localport, remote, destport):
                return RefusedError(Refusal.DUPLICATE_TUPLE, f"{here} is connected to {there} already")
            if code == errno.EADDRNOTAVAIL and not self._network.is_mine(local):
                return RefusedError(Refusal.BINDING, f"{local} is not an address of this computer")
            return RefusedError(Refusal.CLEANUP, f"{here} is being cleaned up; try again soon, or from another port")
        if code in (errno.ECONNREFUSED, errno.ECONNABORTED, errno.ECONNRESET):
            return RefusedError(Refusal.CONNECTION_REFUSED, f"{there} refuses the connection")
        if code in _UNREACHABLE:
            return RefusedError(Refusal.INTERNET, f"{there} can't be reached: {os.strerror(code)}")
        if code in _TRANSIENT:
            return RefusedError(Refusal.TIMEOUT, f"no connection to {there} came about in time")
        return RefusedError(Refusal.NETWORK, f"no connection from {here} to {there}: {os.strerror(code)}")


def _charge(rates: _Rates, *, sent: int, received: int) -> Task:
    yield from pay(rates.send, sent)
    yield from pay(rates.receive, received)


def _take(counter: ItemCounter, sock: socket.socket) -> Slot:
    """A slot for a socket that stands already; without one it is closed."""
    try:
        return counter.take()
    except ResourceExhaustedError:
        sock.close()
        raise


def _check_not_same(remote: Address, destport: int, local: Address, localport: int) -> None:
    if (remote, destport) == (local, localport):
        raise RefusedError(Refusal.ARGUMENT, "local and remote address and port are the same")


def _closed_by_peer(sock: socket.socket) -> bool:
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False


def _send_refused(why: OSError, remote: Address, port: int) -> RefusedError:
    if why.errno in _UNREACHABLE:
        return RefusedError(Refusal.INTERNET, f"{remote} can't be reached: {why.strerror}")
    if why.errno == errno.EACCES:
        return RefusedError(Refusal.FORBIDDEN, f"this computer does not allow datagrams to {remote}: {why.strerror}")
    return RefusedError(Refusal.NETWORK, f"no datagram to {remote} port {port}: {why.strerror}")
