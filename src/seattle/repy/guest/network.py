"""Names, datagrams and connections: stubs of the network calls."""

import math
import time
from typing import Any, Final, cast

from seattle.repy import door
from seattle.repy.guest import arguments, channel
from seattle.repy.guest.calls import api_call
from seattle.repy.guest.channel import ask
from seattle.repy.guest.exceptions import RepyArgumentError
from seattle.repy.guest.handles import Handle, hold


class _Socket(Handle):
    """Common to all. The number goes back when the object is collected without `close`."""

    __slots__ = ("is__closed",)

    is__closed: bool

    @api_call
    def close(self) -> bool:
        """Close the socket. Its unit comes back.

        Returns:
            True; False if it was closed before.
        """
        return _close(self)

    def __del__(self) -> None:
        if not getattr(self, "is__closed", False):
            channel.ask_later(door.CloseSocket(self.the__number))


def _close(one: _Socket) -> bool:
    one.is__closed = True
    return cast("bool", ask(door.CloseSocket(one.the__number)))


class UDPServerSocket(_Socket):
    """A UDP socket that listens."""

    __slots__ = ()

    @api_call
    def getmessage(self) -> tuple[str, int, bytes]:
        """Take one datagram that has come.

        Returns:
            `(ip, port, message)` of the sender; the message is `bytes`.

        Raises:
            SocketClosedLocal: The socket is closed.
            SocketWouldBlockError: None is waiting.

        Costs:
            `netrecv` or `looprecv`: 64 and the message's length.
        """
        ip, port, message = ask(door.GetMessage(self.the__number))
        return ip, port, message


class TCPServerSocket(_Socket):
    """A TCP socket that listens."""

    __slots__ = ()

    @api_call
    def getconnection(self) -> "tuple[str, int, Connection]":
        """Accept one connection that has come.

        Returns:
            `(ip, port, connection)` of the other side.

        Raises:
            SocketClosedLocal: The socket is closed.
            SocketWouldBlockError: None is waiting.
            ResourceExhaustedError: All `outsockets` are taken. The connection is closed.

        Costs:
            A unit of `outsockets` until it is closed; `netrecv` or `looprecv` 128, `netsend` or `loopsend` 64.
        """
        ip, port, handle = ask(door.GetConnection(self.the__number))
        return ip, port, hold(Connection, handle)


class Connection(_Socket):
    """A TCP connection."""

    __slots__ = ()

    @api_call
    def recv(self, numbytes: int) -> bytes:
        """Take what has come.

        Args:
            numbytes: At most so many bytes, an `int` of 1 or more.

        Returns:
            1 to `numbytes` bytes.

        Raises:
            RepyArgumentError: `numbytes` is no `int` of 1 or more.
            SocketClosedLocal: The connection is closed on this side.
            TrafficBudgetError: The donor's budget for traffic is used up.
            SocketWouldBlockError: There is nothing yet.
            SocketClosedRemote: The other side has closed, and all that it sent has been taken.

        Costs:
            `netrecv` or `looprecv`: 64 and what was taken; `netsend` or `loopsend` 64.
        """
        count = arguments.integer(numbytes, "numbytes", least=1)
        return cast("bytes", ask(door.Receive(self.the__number, min(count, door.MAX_DATA))))

    @api_call
    def send(self, message: bytes | str, halfclosed: bool = False) -> int:  # noqa: FBT001, FBT002 - by position
        """Send as much as fits.

        Args:
            message: `bytes`, or a `str`, which is sent as UTF-8.
            halfclosed: Whether to send also when the other side has closed: it may have said only that it will send no
                more, and still listen.

        Returns:
            How many bytes were accepted; maybe not all.

        Raises:
            RepyArgumentError: `message` is no data, or `halfclosed` no bool.
            SocketClosedLocal: The connection is closed on this side, or `endsending` was called.
            TrafficBudgetError: The donor's budget for traffic is used up.
            SocketClosedRemote: The other side has closed.
            SocketWouldBlockError: Nothing fits now.

        Costs:
            `netsend` or `loopsend`: 64 and what was accepted; `netrecv` or `looprecv` 64.
        """
        whole = arguments.data(message, "message")
        also_half = arguments.boolean(halfclosed, "halfclosed")
        return cast("int", ask(door.Send(self.the__number, whole[: door.MAX_DATA], also_half)))

    @api_call
    def endsending(self) -> None:
        """Tell the other side that no more will come. What it sends can be received as before.

        Raises:
            SocketClosedLocal: The connection is closed on this side.
            TrafficBudgetError: The donor's budget for traffic is used up.
            SocketClosedRemote: The other side has reset the connection.

        Costs:
            `netsend` or `loopsend` 64, `netrecv` or `looprecv` 64.
        """
        ask(door.EndSending(self.the__number))

    @api_call
    def close(self) -> bool:
        """Close the connection, and tell the other side. Its unit comes back.

        Returns:
            True; False if it was closed before.

        Costs:
            `netsend` or `loopsend` 128, `netrecv` or `looprecv` 64 and what has come and was not taken.
        """
        return _close(self)


_SOCKETS: Final = (UDPServerSocket, TCPServerSocket, Connection)
HANDLES = (_Socket, *_SOCKETS)


@api_call
def gethostbyname(name: str) -> str:
    """Look up a host's address.

    Args:
        name: A host's name, or an address, which is its own.

    Returns:
        An address, a `str`; an IPv4 one if there is one.

    Raises:
        RepyArgumentError: `name` is no `str`.
        TrafficBudgetError: The donor's budget for traffic is used up.
        NetworkAddressError: The name has no address that the donor lets programs know, or nobody said within half a
            minute.

    Costs:
        `netsend` 1024 and `netrecv` 4096, also when it fails. More than 100 names in a second wait for their turn.
    """
    return cast("str", ask(door.GetHostByName(arguments.text(name, "name"))))


@api_call
def getmyip() -> str:
    """Tell this computer's address.

    Returns:
        The address by which it reaches the Internet, a `str`. It may be a private one, behind a translator. If the
        program was started for certain addresses: the first of them that is up, or `127.0.0.1`.

    Raises:
        TrafficBudgetError: The donor's budget for traffic is used up.
        InternetConnectivityError: There is no way to the Internet now.

    Costs:
        `netsend` 256 and `netrecv` 128.
    """
    return cast("str", ask(door.GetMyIp()))


@api_call
def sendmessage(destip: str, destport: int, message: bytes | str, localip: str, localport: int) -> int:
    """Send one datagram.

    Args:
        destip: The receiver's address.
        destport: Its port, 1 to 65535.
        message: `bytes`, or a `str`, which is sent as UTF-8: at most 9216 bytes.
        localip: An address of this computer, IPv4 or IPv6.
        localport: One of the vessel's ports in `messport`. A socket that listens there is used.

    Returns:
        How many bytes went.

    Raises:
        RepyArgumentError: An argument is of the wrong type, no address or no port; or both ends are the same.
        ResourceForbiddenError: The program was started for other addresses than `localip`, or `localport` is not the
            vessel's.
        DonorPolicyError: The donor does not allow the receiver.
        RepyArgumentError: The message is too long.
        TrafficBudgetError: The donor's budget for traffic is used up.
        DuplicateTupleError: Another program uses `localport`.
        AddressBindingError: `localip` is not this computer's, or can't reach the receiver.
        ResourceExhaustedError: All `outsockets` are taken.
        InternetConnectivityError: There is no way to the receiver.
        NetworkError: The system refuses for another reason.

    Costs:
        `netsend` or `loopsend`: 64 and what went; a unit of `outsockets` for a moment, unless a socket listens there.
    """
    to_ip, to_port = arguments.text(destip, "destip"), arguments.integer(destport, "destport")
    whole = arguments.data(message, "message")
    from_ip, from_port = arguments.text(localip, "localip"), arguments.integer(localport, "localport")
    # More than fits in a frame is too much for a datagram by far; the monitor says so for what is left, too.
    frame = door.SendMessage(to_ip, to_port, whole[: door.MAX_DATA], from_ip, from_port)
    return cast("int", ask(frame))


@api_call
def listenformessage(localip: str, localport: int) -> UDPServerSocket:
    """Listen for datagrams.

    Args:
        localip: An address of this computer, IPv4 or IPv6.
        localport: One of the vessel's ports in `messport`.

    Returns:
        A UDP socket.

    Raises:
        RepyArgumentError: An argument is of the wrong type, no address or no port.
        ResourceForbiddenError: The program was started for other addresses than `localip`, or `localport` is not the
            vessel's.
        AlreadyListeningError: Somebody listens there already.
        CleanupInProgressError: The system has not let go of the port yet.
        AddressBindingError: `localip` is not this computer's.
        ResourceExhaustedError: All `insockets` are taken.

    Costs:
        A unit of `insockets` until it is closed.
    """
    ip, port = arguments.text(localip, "localip"), arguments.integer(localport, "localport")
    return hold(UDPServerSocket, ask(door.ListenForMessage(ip, port)))


@api_call
def openconnection(destip: str, destport: int, localip: str, localport: int, timeout: float) -> Connection:
    """Connect to another computer. This call waits, up to its timeout.

    Args:
        destip: The other side's address.
        destport: Its port, 1 to 65535.
        localip: An address of this computer, IPv4 or IPv6.
        localport: One of the vessel's ports in `connport`.
        timeout: Seconds, more than 0.

    Returns:
        A connection.

    Raises:
        RepyArgumentError: An argument is of the wrong type, no address or no port; or both ends are the same.
        ResourceForbiddenError: The program was started for other addresses than `localip`, or `localport` is not the
            vessel's.
        DonorPolicyError: The donor does not allow the other side.
        TrafficBudgetError: The donor's budget for traffic is used up.
        AlreadyListeningError: Somebody listens at `localport`.
        DuplicateTupleError: The two ends are connected already.
        AddressBindingError: `localip` is not this computer's.
        CleanupInProgressError: The system has not let go of the port yet.
        ConnectionRefusedError: The other side does not accept it.
        InternetConnectivityError: There is no way to the other side.
        TimeoutError: The time is over.
        ResourceExhaustedError: All `outsockets` are taken. The connection is closed.

    Costs:
        A unit of `outsockets` until it is closed; `netsend` or `loopsend` 128 for each attempt; `netrecv` or
        `looprecv` 64.
    """
    to_ip, to_port = arguments.text(destip, "destip"), arguments.integer(destport, "destport")
    from_ip, from_port = arguments.text(localip, "localip"), arguments.integer(localport, "localport")
    seconds = arguments.number(timeout, "timeout")
    return hold(Connection, ask(door.OpenConnection(to_ip, to_port, from_ip, from_port, seconds)))


@api_call
def listenforconnection(localip: str, localport: int) -> TCPServerSocket:
    """Listen for connections.

    Args:
        localip: An address of this computer, IPv4 or IPv6.
        localport: One of the vessel's ports in `connport`.

    Returns:
        A TCP socket.

    Raises:
        RepyArgumentError: An argument is of the wrong type, no address or no port.
        ResourceForbiddenError: The program was started for other addresses than `localip`, or `localport` is not the
            vessel's.
        AlreadyListeningError: Somebody listens there already.
        CleanupInProgressError: The system has not let go of the port yet.
        AddressBindingError: `localip` is not this computer's.
        ResourceExhaustedError: All `insockets` are taken.

    Costs:
        A unit of `insockets` until it is closed.
    """
    ip, port = arguments.text(localip, "localip"), arguments.integer(localport, "localport")
    return hold(TCPServerSocket, ask(door.ListenForConnection(ip, port)))


@api_call
def waitready(reading: list[Any], writing: list[Any], timeout: float | None) -> tuple[list[Any], list[Any]]:
    """Wait until a socket can be used, so that nothing has to be asked again and again.

    A socket can be read when a datagram, a connection or data has come, or when the other side has closed; a connection
    can be written when it takes data. One that is closed on this side, meanwhile also, counts as both: its calls tell.

    Args:
        reading: UDP sockets, TCP sockets and connections, a list or a tuple of at most 1024. Objects of a security
            layer can't be waited for.
        writing: The same.
        timeout: At most so many seconds, an `int` or a `float`, 0 or more; None for as long as it takes.

    Returns:
        Two lists: those that can be read, and those that can be written; both are empty when the time is over.

    Raises:
        RepyArgumentError: An argument is of the wrong type, too long or negative.
        ResourceExhaustedError: More than 256 threads wait for one socket, or all threads for more than 4096.
    """
    read, write = _sockets(reading, "reading"), _sockets(writing, "writing")
    seconds = math.inf if timeout is None else arguments.number(timeout, "timeout")
    deadline = time.monotonic() + seconds
    numbers = [one.the__number for one in read], [one.the__number for one in write]
    while True:
        can_read, can_write = ask(door.WaitReady(*numbers, min(seconds, door.MAX_WAIT)))
        seconds = max(deadline - time.monotonic(), 0.0)
        if can_read or can_write or not seconds:
            return _those(read, can_read), _those(write, can_write)


def _sockets(value: object, name: str) -> list[_Socket]:
    if type(value) not in (list, tuple):
        raise RepyArgumentError(f"{name} has to be a list or a tuple, not {type(value).__name__}")
    held = list(cast("list[Any]", value))
    if len(held) > door.MAX_WATCHED:
        raise RepyArgumentError(f"{name} has {len(held)} sockets; at most {door.MAX_WATCHED} are allowed")
    for one in held:
        if type(one) not in _SOCKETS:
            raise RepyArgumentError(f"{name} has to hold sockets and connections, not {type(one).__name__}")
    return held


def _those(held: list[_Socket], numbers: list[int]) -> list[Any]:
    ready = set(numbers)
    return [one for one in held if one.the__number in ready]
