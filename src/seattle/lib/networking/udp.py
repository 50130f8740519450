"""The UDP side of `socket.socket`: listeners of the Repy API behind one object that never waits."""

from errno import EDESTADDRREQ, EINVAL, EMSGSIZE, ENOTCONN, EOPNOTSUPP

from networking.ports import address_towards, is_loopback, message_ports

MOST = 9216  # bytes of a datagram


class Udp:
    """One UDP socket. It listens at each of the addresses that it is for."""

    def __init__(self, any_host):
        """`any_host` is how the family writes the address of a socket that is bound to none."""
        self.local, self.remote = None, None
        self._any_host = any_host
        self._listeners = {}  # by address
        self._ahead = []  # datagrams that have been looked at and not taken

    def bind(self, ips, host, port):
        """Take a port for these addresses of this computer: one that is free if `port` is 0."""
        if self.local is not None:
            raise OSError(EINVAL, "Invalid argument")
        took = self._listen(ips, port) if port else message_ports.first_free(lambda free: self._listen(ips, free))
        self.local = host, took

    def listen(self):
        """Raise OSError: only TCP sockets do."""
        raise OSError(EOPNOTSUPP, "Operation not supported")

    def accept(self):
        """Raise OSError: only TCP sockets do."""
        raise OSError(EOPNOTSUPP, "Operation not supported")

    def connect(self, ip, port, timeout):
        """Exchange datagrams with this end alone."""
        del timeout
        source = self._source(ip)
        self.local, self.remote = (source, self.local[1]), (ip, port)
        self._ahead = [one for one in self._ahead if one[1] == self.remote]

    def recvfrom(self, size):
        """`(data, address)` of a datagram that has come; what is beyond `size` is lost."""
        data, remote = self._next()
        return data[:size], remote

    def peekfrom(self, size):
        """What `recvfrom` would return."""
        self._ahead.insert(0, self._next())
        data, remote = self._ahead[0]
        return data[:size], remote

    def recv(self, size):
        """The data alone."""
        return self.recvfrom(size)[0]

    def peek(self, size):
        """What `recv` would return."""
        return self.peekfrom(size)[0]

    def send(self, data):
        """Send a datagram to the end that this socket is connected with."""
        if self.remote is None:
            raise OSError(EDESTADDRREQ, "Destination address required")
        return self.sendto(data, *self.remote)

    def sendto(self, data, ip, port):
        """Send a datagram."""
        if len(data) > MOST:
            raise OSError(EMSGSIZE, f"Message too long: at most {MOST} bytes can be sent")
        return sendmessage(ip, port, data, self._source(ip), self.local[1])

    def shut_down(self, *, reading, writing):
        """Raise OSError if it is not connected. Otherwise nothing changes: there is no end of a stream to tell."""
        if self.remote is None:
            raise OSError(ENOTCONN, "Transport endpoint is not connected")

    def close(self):
        """Let go of everything."""
        for listener in self._listeners.values():
            listener.close()

    def reading(self):
        """What to wait for to read."""
        return list(self._listeners.values())

    def writing(self):
        """What to wait for to write: datagrams always go."""
        return []

    def has_more(self):
        """Whether there is something to take without a look at the network."""
        return bool(self._ahead)

    def look(self):
        """Take what has come, to keep it, and tell whether there is anything: for what can't be waited for."""
        try:
            self.peek(1)
        except SocketWouldBlockError:
            return False
        return True

    def _next(self):
        if self._ahead:
            return self._ahead.pop(0)
        for listener in list(self._listeners.values()):
            try:
                while True:
                    ip, port, data = listener.getmessage()
                    if self.remote in (None, (ip, port)):
                        return data, (ip, port)
            except SocketWouldBlockError:
                continue
        raise SocketWouldBlockError("no datagram has come")

    def _source(self, ip):
        """The address of ours from which datagrams go to another; the socket is bound to it if it was not yet."""
        for own in self._listeners:
            if self.local[0] == own or is_loopback(own) == is_loopback(ip):
                return own
        own = address_towards(ip)
        if self.local is None:
            self.bind([own], self._any_host, 0)
        else:
            self._listeners[own] = listenformessage(own, self.local[1])
        return own

    def _listen(self, ips, port):
        taken = {}
        try:
            for ip in ips:
                taken[ip] = listenformessage(ip, port)
        except (NetworkError, ResourceUsageError):
            for listener in taken.values():
                listener.close()
            raise
        self._listeners = taken
        return port
