"""What the reference's components call of the one below them, besides the network calls: the calls on its sockets."""


class SocketCalls:
    """By itself, each is the socket's own."""

    def socket_send(self, sock, data):
        """Send on a connection."""
        return sock.send(data)

    def socket_recv(self, sock, numbytes):
        """Receive on a connection."""
        return sock.recv(numbytes)

    def socket_close(self, sock):
        """Close a connection."""
        return sock.close()

    def tcpserversocket_getconnection(self, sock):
        """Accept a connection."""
        return sock.getconnection()

    def tcpserversocket_close(self, sock):
        """Listen no more."""
        return sock.close()

    def udpserversocket_getmessage(self, sock):
        """Take a datagram."""
        return sock.getmessage()

    def udpserversocket_close(self, sock):
        """Listen for no more datagrams."""
        return sock.close()
