"""The TCP side of `socket.socket`: listeners and a connection of the Repy API behind one object that never waits.

What is not ready raises SocketWouldBlockError; `reading()` and `writing()` are what to wait for.
"""

from errno import EBADF, ECONNRESET, EINVAL, EISCONN, ENOTCONN, EOPNOTSUPP, EPIPE

from networking.ports import address_towards, connection_ports

_PATIENCE = 120.0  # seconds that a connection may take to come about, as on Linux


class Tcp:
    """One TCP socket: at first nothing, then a listener or one side of a connection."""

    def __init__(self, connection=None, local=None, remote=None):
        self.local, self.remote = local, remote
        self._listeners = []
        self._accepts = False
        self._connection = connection
        self._ahead = b""  # data that has been looked at and not taken
        self._accepted = []  # connections that have been looked for and not taken
        self._reads = self._writes = True

    def bind(self, ips, host, port):
        """Take a port for these addresses of this computer: one that is free if `port` is 0."""
        if self.local is not None:
            raise OSError(EINVAL, "Invalid argument")
        took = self._listen(ips, port) if port else connection_ports.first_free(lambda free: self._listen(ips, free))
        self.local = host, took

    def listen(self):
        """Accept connections from now on."""
        if self._connection is not None:
            raise OSError(EINVAL, "Invalid argument")
        self._accepts = True

    def accept(self):
        """`(Tcp, its address)` of one connection that has come."""
        if not self._accepts:
            raise OSError(EINVAL if self._listeners or self._connection is None else ENOTCONN, "Invalid argument")
        if self._accepted:
            return self._accepted.pop(0)
        for ip, listener in self._listeners:
            try:
                *remote, connection = listener.getconnection()
            except SocketWouldBlockError:
                continue
            return Tcp(connection, (ip, self.local[1]), tuple(remote)), tuple(remote)
        if not self._listeners:
            raise OSError(EBADF, "Bad file descriptor")
        raise SocketWouldBlockError("no connection has come")

    def connect(self, ip, port, timeout):
        """Connect within `timeout` seconds; None is what is customary."""
        if self._connection is not None or self._accepts:
            raise OSError(EISCONN, "Transport endpoint is already connected")
        own = [ip for ip, _listener in self._listeners]
        source = own[0] if len(own) == 1 else address_towards(ip)
        seconds = _PATIENCE if timeout is None else timeout

        def connect_from(local_port):
            if (source, local_port) == (ip, port):
                raise AlreadyListeningError("no connection has the same end twice")
            self._connection = openconnection(ip, port, source, local_port, seconds)
            return local_port

        if self._listeners:  # it was only to keep the port
            self._close_listeners()
            self.local = source, connect_from(self.local[1])
        else:
            self.local = source, connection_ports.first_free(connect_from)
        self.remote = ip, port

    def recv(self, size):
        """1 to `size` bytes that have come; none when no more will."""
        if self._ahead:
            data = self.peek(size)
            self._ahead = self._ahead[size:]
            return data
        return self._recv(size)

    def peek(self, size):
        """What `recv` would return."""
        if not self._ahead:
            self._ahead = self._recv(max(size, 1))
        elif len(self._ahead) < size:
            try:
                self._ahead += self._recv(size - len(self._ahead))
            except (SocketWouldBlockError, ConnectionResetError):
                pass  # what there is comes first
        return self._ahead[:size]

    def send(self, data):
        """How many of these bytes were sent."""
        if self._connection is None or not self._writes:
            raise BrokenPipeError(EPIPE, "Broken pipe")
        try:
            return self._connection.send(data, True) if self._has_halves else self._connection.send(data)
        except (SocketClosedRemote, SocketClosedLocal) as why:
            raise BrokenPipeError(EPIPE, "Broken pipe") from why

    def shut_down(self, *, reading, writing):
        """Read no more, or say that no more will be written."""
        if self._connection is None:
            raise OSError(ENOTCONN, "Transport endpoint is not connected")
        if writing and self._writes:
            if not self._has_halves:
                raise OSError(EOPNOTSUPP, "Operation not supported")
            try:
                self._connection.endsending()
            except (SocketClosedLocal, SocketClosedRemote) as why:
                raise OSError(ENOTCONN, "Transport endpoint is not connected") from why
        self._reads = self._reads and not reading
        self._writes = self._writes and not writing

    @property
    def _has_halves(self):
        """Whether one side can stop to send before the other. The connections of a layer have no call for it."""
        return hasattr(self._connection, "endsending")

    def close(self):
        """Let go of everything."""
        self._close_listeners()
        for tcp, _remote in self._accepted:
            tcp.close()
        connection = self._connection
        if connection is not None:
            _close(connection)

    def reading(self):
        """What to wait for to read, or to accept."""
        return [self._connection] if self._connection is not None else [one for _ip, one in self._listeners]

    def writing(self):
        """What to wait for to write."""
        return [] if self._connection is None else [self._connection]

    def has_more(self):
        """Whether there is something to take without a look at the network."""
        is_idle = self._connection is None and not self._listeners
        return bool(is_idle or self._ahead or self._accepted or not self._reads)

    def look(self):
        """Take what has come, to keep it, and tell whether there is anything: for what can't be waited for."""
        try:
            if self._accepts:
                self._accepted.append(self.accept())
            else:
                self.peek(1)
        except SocketWouldBlockError:
            return False
        except OSError:
            return True  # that is for whoever reads
        return True

    def _listen(self, ips, port):
        taken = []
        try:
            for ip in ips:
                taken.append((ip, listenforconnection(ip, port)))  # noqa: PERF401 - what was taken must not be lost
        except (NetworkError, ResourceUsageError):
            for _ip, listener in taken:
                listener.close()
            raise
        self._listeners = taken
        return port

    def _close_listeners(self):
        listeners, self._listeners = self._listeners, []
        for _ip, listener in listeners:
            listener.close()

    def _recv(self, size):
        if self._connection is None:
            raise OSError(ENOTCONN, "Transport endpoint is not connected")
        if not self._reads:
            return b""
        try:
            return self._connection.recv(size)
        except SocketClosedRemote:
            return self._end()
        except SocketClosedLocal:
            self._reads = False
            return b""

    def _end(self):
        """The other side has closed, or reset. After a reset the connection is closed on this side, too."""
        try:
            return self._connection.recv(1)
        except SocketClosedRemote:
            return b""
        except SocketClosedLocal as why:
            self._reads = False
            raise ConnectionResetError(ECONNRESET, "Connection reset by peer") from why


def _close(connection):
    try:
        connection.close()
    except SocketClosedLocal:
        return  # it was reset
