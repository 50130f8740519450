"""The reference's `affix_wrapper_lib`: sockets whose calls are made by a component.

Each holds a socket and a component, and hands every call to the component's method for it. One that is put around
another takes its place: there is one socket below, and the components call each other.
"""


class _Wrapper:
    def __init__(self, socket, affix_object):
        self.advertisement = affix_object.text() + getattr(socket, "advertisement", "")
        self._socket = socket._socket if isinstance(socket, type(self)) else socket
        self._affix_object = affix_object


class AffixSocket(_Wrapper):
    """A connection."""

    def recv(self, numbytes):
        """As the component's `socket_recv`."""
        return self._affix_object.socket_recv(self._socket, numbytes)

    def send(self, message):
        """As the component's `socket_send`."""
        return self._affix_object.socket_send(self._socket, message)

    def close(self):
        """As the component's `socket_close`."""
        return self._affix_object.socket_close(self._socket)


class AffixTCPServerSocket(_Wrapper):
    """A listening TCP socket. Each connection has a copy of the component, and so a state of its own."""

    def getconnection(self):
        """As the component's `tcpserversocket_getconnection`."""
        ip, port, connection = self._affix_object.tcpserversocket_getconnection(self._socket)
        return ip, port, AffixSocket(connection, self._affix_object.copy())

    def close(self):
        """As the component's `tcpserversocket_close`."""
        return self._affix_object.tcpserversocket_close(self._socket)


class AffixUDPServerSocket(_Wrapper):
    """A UDP socket."""

    def getmessage(self):
        """As the component's `udpserversocket_getmessage`."""
        return self._affix_object.udpserversocket_getmessage(self._socket)

    def close(self):
        """As the component's `udpserversocket_close`."""
        return self._affix_object.udpserversocket_close(self._socket)
