"""The reference's kind of component: one method for each call on a socket, and a copy for each connection.

New components derive from `Component`, and put an object of their own around a connection. These are for programs that
have some of the reference's.
"""

from affix.component import Component
from affix.wrappers import AffixSocket, AffixTCPServerSocket, AffixUDPServerSocket


class BaseAffix(Component):
    """A component that by itself hands every call down; `affix_context` has what is below, and its arguments."""

    def __init__(self, next_affix=None, optional_args=None):
        super().__init__(next_affix, optional_args or ())
        self.affix_context = {"next_affix": next_affix, "optional_args": optional_args}

    @property
    def name(self):
        """That of the class."""
        return type(self).__name__

    def push(self, component):
        """Put a component between this one and the one below."""
        super().push(component)
        self.affix_context["next_affix"] = component

    def pop(self):
        """Take out the component below, and return it."""
        taken = super().pop()
        self.affix_context["next_affix"] = self.peek()
        return taken

    def stand_on(self, below):
        """Stand on another component."""
        super().stand_on(below)
        self.affix_context["next_affix"] = below

    def openconnection(self, destip, destport, localip, localport, timeout):
        """Connect; the connection has a copy of this component."""
        connection = self.peek().openconnection(destip, destport, localip, localport, timeout)
        return AffixSocket(connection, self.copy())

    def listenforconnection(self, localip, localport):
        """Listen."""
        return AffixTCPServerSocket(self.peek().listenforconnection(localip, localport), self)

    def listenformessage(self, localip, localport):
        """Listen for datagrams."""
        return AffixUDPServerSocket(self.peek().listenformessage(localip, localport), self)

    def sendmessage(self, destip, destport, message, localip, localport):
        """Send a datagram."""
        return self.peek().sendmessage(destip, destport, message, localip, localport)

    def socket_send(self, sock, data):
        """Send on a connection."""
        return self.peek().socket_send(sock, data)

    def socket_recv(self, sock, numbytes):
        """Receive on a connection."""
        return self.peek().socket_recv(sock, numbytes)

    def socket_close(self, sock):
        """Close a connection."""
        return self.peek().socket_close(sock)

    def tcpserversocket_getconnection(self, sock):
        """Accept a connection."""
        return self.peek().tcpserversocket_getconnection(sock)

    def tcpserversocket_close(self, sock):
        """Listen no more."""
        return self.peek().tcpserversocket_close(sock)

    def udpserversocket_getmessage(self, sock):
        """Take a datagram."""
        return self.peek().udpserversocket_getmessage(sock)

    def udpserversocket_close(self, sock):
        """Listen for no more datagrams."""
        return self.peek().udpserversocket_close(sock)
