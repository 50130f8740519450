"""This computer's network, by the calls of Repy: sockets that never block, and their exceptions."""

import errno
import socket
import threading
from typing import Final

from seattle.repy.guest.exceptions import (
    AddressBindingError,
    AlreadyListeningError,
    ConnectionRefusedError,  # noqa: A004 - the reference's name
    DuplicateTupleError,
    InternetConnectivityError,
    NetworkAddressError,
    NetworkError,
    SocketClosedLocal,
    SocketClosedRemote,
    SocketWouldBlockError,
    TimeoutError,  # noqa: A004 - the reference's name
)

_LARGEST_DATAGRAM: Final = 65_535  # bytes
_SOMEWHERE: Final = "192.0.2.1"  # an address of nobody (RFC 5737): nothing is sent to it
_WAITING: Final = 5  # connections that wait to be accepted
_STANDS_FOR: Final[dict[int, type[NetworkError]]] = {
    errno.EADDRINUSE: AlreadyListeningError,
    errno.EADDRNOTAVAIL: AddressBindingError,
    errno.ECONNREFUSED: ConnectionRefusedError,
    errno.EISCONN: DuplicateTupleError,
    errno.EHOSTUNREACH: InternetConnectivityError,
    errno.ENETUNREACH: InternetConnectivityError,
}


class Socket:
    """Common to all."""

    def __init__(self, own: socket.socket) -> None:
        own.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._own = own

    @property
    def number(self) -> int:
        """Its descriptor; -1 when it is closed."""
        return self._own.fileno()

    def close(self) -> bool:
        """Close it; False if it was."""
        was_open = self._own.fileno() >= 0
        self._own.close()
        return was_open

    def _check(self) -> None:
        if self._own.fileno() < 0:
            raise SocketClosedLocal("the socket is closed")


class UDPServerSocket(Socket):
    """Listens for datagrams."""

    def getmessage(self) -> tuple[str, int, bytes]:
        """The next one: address, port, bytes."""
        self._check()
        try:
            message, place = self._own.recvfrom(_LARGEST_DATAGRAM)
        except BlockingIOError:
            raise SocketWouldBlockError("no message has come") from None
        return place[0], place[1], message

    def send_to(self, place: tuple[str, int], message: bytes) -> int:
        """From where it listens."""
        return self._own.sendto(message, place)


class TCPServerSocket(Socket):
    """Listens for connections."""

    def getconnection(self) -> "tuple[str, int, Connection]":
        """The next one: address, port, connection."""
        self._check()
        try:
            accepted, place = self._own.accept()
        except BlockingIOError:
            raise SocketWouldBlockError("no connection has come") from None
        return place[0], place[1], Connection(accepted)


class Connection(Socket):
    """One that stands."""

    _ended = False

    def recv(self, numbytes: int) -> bytes:
        """What has come, at most so much."""
        self._check()
        try:
            data = self._own.recv(numbytes)
        except BlockingIOError:
            raise SocketWouldBlockError("nothing has come") from None
        except OSError as why:
            raise SocketClosedRemote(str(why)) from None
        if not data:
            raise SocketClosedRemote("the other side has closed the connection")
        return data

    def send(self, message: bytes | str, halfclosed: bool = False) -> int:  # noqa: FBT001, FBT002 - as Repy's
        """As much as fits; how many bytes that is. Here it is sent also when the other side has closed."""
        del halfclosed
        self._check()
        if self._ended:
            raise SocketClosedLocal("this side has said that it will send no more")
        try:
            return self._own.send(message.encode() if isinstance(message, str) else message)
        except BlockingIOError:
            raise SocketWouldBlockError("nothing fits now") from None
        except OSError as why:
            raise SocketClosedRemote(str(why)) from None

    def endsending(self) -> None:
        """Tell the other side that no more will come."""
        self._check()
        self._ended = True
        try:
            self._own.shutdown(socket.SHUT_WR)
        except OSError as why:
            raise SocketClosedRemote(str(why)) from None


class Network:
    """The calls for the network."""

    def __init__(self) -> None:
        self._listening: dict[tuple[str, int], UDPServerSocket] = {}
        self._lock = threading.Lock()

    def gethostbyname(self, name: str) -> str:
        """An address of a name."""
        try:
            return socket.gethostbyname(name)
        except OSError as why:
            raise NetworkAddressError(f"{name!r} has no address: {why}") from None

    def getmyip(self) -> str:
        """The address by which this computer reaches others."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((_SOMEWHERE, 9))
            except OSError as why:
                raise InternetConnectivityError(str(why)) from None
            address: str = probe.getsockname()[0]
            return address

    def sendmessage(self, destip: str, destport: int, message: bytes | str, localip: str, localport: int) -> int:
        """Send one datagram, by the socket that listens there if there is one."""
        data = message.encode() if isinstance(message, str) else message
        with self._lock:
            listening = self._listening.get((localip, localport))
        try:
            if listening is not None and listening._own.fileno() >= 0:
                return listening.send_to((destip, destport), data)
            with _bound(socket.SOCK_DGRAM, localip, localport) as once:
                return once.sendto(data, (destip, destport))
        except OSError as why:
            raise _repy_s(why) from None

    def listenformessage(self, localip: str, localport: int) -> UDPServerSocket:
        """Listen for datagrams."""
        try:
            made = UDPServerSocket(_bound(socket.SOCK_DGRAM, localip, localport))
        except OSError as why:
            raise _repy_s(why) from None
        with self._lock:
            self._listening[localip, localport] = made
        return made

    def openconnection(self, destip: str, destport: int, localip: str, localport: int, timeout: float) -> Connection:
        """Connect, within so many seconds."""
        try:
            own = _bound(socket.SOCK_STREAM, localip, localport)
        except OSError as why:
            raise _repy_s(why) from None
        try:
            own.settimeout(timeout)
            own.connect((destip, destport))
        except OSError as why:
            own.close()
            raise _repy_s(why) from None
        return Connection(own)

    def listenforconnection(self, localip: str, localport: int) -> TCPServerSocket:
        """Listen for connections."""
        try:
            own = _bound(socket.SOCK_STREAM, localip, localport)
            own.listen(_WAITING)
        except OSError as why:
            raise _repy_s(why) from None
        return TCPServerSocket(own)


def _bound(kind: socket.SocketKind, ip: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, kind)
    try:
        if kind is socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((ip, port))
    except OSError:
        made.close()
        raise
    return made


def _repy_s(why: OSError) -> Exception:
    if isinstance(why, socket.timeout):
        return TimeoutError("the time is over")
    return _STANDS_FOR.get(why.errno or 0, NetworkError)(str(why))
