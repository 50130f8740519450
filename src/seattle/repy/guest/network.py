"""Names, datagrams and connections: stubs of the network calls."""

from typing import cast

from seattle.repy import door
from seattle.repy.guest import arguments, channel
from seattle.repy.guest.calls import api_call
from seattle.repy.guest.channel import ask
from seattle.repy.guest.handles import Handle, hold


class _Socket(Handle):
    """Common to all. The number goes back when the object is collected without `close`."""

    __slots__ = ("is__closed",)

    @api_call
    def close(self) -> bool:
        """Close; False if it was closed before."""
        self.is__closed = True
        return cast("bool", ask(door.CloseSocket(self.the__number)))

    def __del__(self) -> None:
        if not getattr(self, "is__closed", False):
            channel.ask_later(door.CloseSocket(self.the__number))


class UDPServerSocket(_Socket):
    """A UDP socket that listens."""

    __slots__ = ()

    @api_call
    def getmessage(self) -> tuple[str, int, bytes]:
        """`(remote ip, remote port, message)`. Raises SocketWouldBlockError when none is waiting."""
        ip, port, message = ask(door.GetMessage(self.the__number))
        return ip, port, message


class TCPServerSocket(_Socket):
    """A TCP socket that listens."""

    __slots__ = ()

    @api_call
    def getconnection(self) -> "tuple[str, int, Connection]":
        """`(remote ip, remote port, connection)`. Raises SocketWouldBlockError when none is waiting."""
        ip, port, handle = ask(door.GetConnection(self.the__number))
        return ip, port, hold(Connection, handle)


class Connection(_Socket):
    """A TCP connection."""

    __slots__ = ()

    @api_call
    def recv(self, numbytes: int) -> bytes:
        """1 to `numbytes` bytes. Raises SocketWouldBlockError when nothing is there yet."""
        count = arguments.integer(numbytes, "numbytes", least=1)
        return cast("bytes", ask(door.Receive(self.the__number, min(count, door.MAX_DATA))))

    @api_call
    def send(self, message: bytes | str) -> int:
        """How many bytes were accepted; maybe not all. Raises SocketWouldBlockError when none was."""
        whole = arguments.data(message, "message")
        return cast("int", ask(door.Send(self.the__number, whole[: door.MAX_DATA])))


HANDLES = (_Socket, UDPServerSocket, TCPServerSocket, Connection)


@api_call
def gethostbyname(name: str) -> str:
    """An address of the host `name`."""
    return cast("str", ask(door.GetHostByName(arguments.text(name, "name"))))


@api_call
def getmyip() -> str:
    """The address by which this computer reaches the Internet."""
    return cast("str", ask(door.GetMyIp()))


@api_call
def sendmessage(destip: str, destport: int, message: bytes | str, localip: str, localport: int) -> int:
    """Send one datagram; how many bytes went."""
    to_ip, to_port = arguments.text(destip, "destip"), arguments.integer(destport, "destport")
    whole = arguments.data(message, "message")
    from_ip, from_port = arguments.text(localip, "localip"), arguments.integer(localport, "localport")
    # More than fits in a frame is too much for a datagram by far; the monitor says so for what is left, too.
    frame = door.SendMessage(to_ip, to_port, whole[: door.MAX_DATA], from_ip, from_port)
    return cast("int", ask(frame))


@api_call
def listenformessage(localip: str, localport: int) -> UDPServerSocket:
    """Listen for datagrams."""
    ip, port = arguments.text(localip, "localip"), arguments.integer(localport, "localport")
    return hold(UDPServerSocket, ask(door.ListenForMessage(ip, port)))


@api_call
def openconnection(destip: str, destport: int, localip: str, localport: int, timeout: float) -> Connection:
    """Connect to another computer within `timeout` seconds."""
    to_ip, to_port = arguments.text(destip, "destip"), arguments.integer(destport, "destport")
    from_ip, from_port = arguments.text(localip, "localip"), arguments.integer(localport, "localport")
    seconds = arguments.number(timeout, "timeout")
    return hold(Connection, ask(door.OpenConnection(to_ip, to_port, from_ip, from_port, seconds)))


@api_call
def listenforconnection(localip: str, localport: int) -> TCPServerSocket:
    """Listen for connections."""
    ip, port = arguments.text(localip, "localip"), arguments.integer(localport, "localport")
    return hold(TCPServerSocket, ask(door.ListenForConnection(ip, port)))
