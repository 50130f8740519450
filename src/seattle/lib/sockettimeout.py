"""TCP connections and UDP sockets whose calls wait, up to a timeout, where the API's own raise SocketWouldBlockError.

    with sockettimeout.connect("192.0.2.7", 63100, timeout=5) as connection:
        connection.send(b"hello")
        print(connection.recv(1000, timeout=2))

What takes too long is a SocketTimeoutError, which is also a TimeoutError, whether it happens while connecting or later.
A timeout of 0 does not wait, None waits without end. `limit` bounds a whole conversation, so that whoever is at the
other end can't draw it out by sending one byte before each timeout.

Missing: the reference said that a timeout of 0 is none, but raised at once; here it does what it did.
"""

import ipaddress
import random

from networking.ports import address_towards
from networking.waiting import wait

_TRIES = 20  # of ports; when so many are not free, something else is the matter
_NOT_FREE = (DuplicateTupleError, CleanupInProgressError, AlreadyListeningError, AddressBindingError)


class SocketTimeoutError(TimeoutError):
    """Nothing has happened within the time."""


class _Waiting:
    """A socket of the API, and how long its calls wait."""

    def __init__(self, socket, timeout):
        self.socket = socket
        self.settimeout(timeout)
        self._deadline = None

    def settimeout(self, timeout=10):
        """Let each call wait for at most so many seconds, unless it is told another time; None: without end."""
        if timeout is not None and not timeout >= 0:
            raise ValueError(f"a timeout is 0 seconds or more, or None, not {timeout!r}")
        self._timeout = timeout

    def limit(self, seconds):
        """Let all calls from now on take at most so many seconds in all; None takes the limit back."""
        self._deadline = None if seconds is None else getruntime() + seconds

    def close(self):
        """Close the socket. Returns False if it was closed before."""
        return self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def _try(self, call, timeout, writing=False):
        """The result of `call`, tried again whenever the socket is ready. Raises SocketTimeoutError."""
        timeout = self._timeout if timeout is None else timeout
        deadline = _earlier(self._deadline, timeout if timeout is None else getruntime() + timeout)
        if self._deadline is not None and getruntime() > self._deadline:  # there may be more, but it is enough
            raise SocketTimeoutError("all of it has taken too long")
        reading, writing = ([], [self.socket]) if writing else ([self.socket], [])
        while True:
            try:
                return call()
            except SocketWouldBlockError:
                left = _left(deadline)
                if left == 0:
                    raise SocketTimeoutError("nothing has happened within the time") from None
            wait(reading, writing, left)


class Connection(_Waiting):
    """A connection, whose calls wait for `timeout` seconds each.

    `socket` is the API's own. `checkintv` changes nothing any more: it is not looked at, but waited for.
    """

    def __init__(self, socket, timeout=10, checkintv=0.1):
        super().__init__(socket, timeout)
        del checkintv

    def recv(self, numbytes, timeout=None):
        """Wait for data; return 1 to `numbytes` bytes. Raises SocketClosedRemote at the end, and SocketTimeoutError."""
        return self._try(lambda: self.socket.recv(numbytes), timeout)

    def send(self, data, timeout=None):
        """Wait until some of the data is accepted; return how many bytes. Raises SocketTimeoutError."""
        return self._try(lambda: self.socket.send(data), timeout, writing=True)

    def sendall(self, data, timeout=None):
        """Wait until all of the data is accepted. Raises SocketTimeoutError; nobody knows how much was sent then."""
        data = data.encode() if isinstance(data, str) else bytes(data)
        while data:
            data = data[self.send(data, timeout) :]


class Listener(_Waiting):
    """A listening TCP socket; `address` is its `(ip, port)`."""

    def __init__(self, socket, timeout=5, address=None):
        super().__init__(socket, timeout)
        self.address = address

    def getconnection(self, timeout=None):
        """Wait for a connection; return `(ip, port, connection)`, which has this socket's timeout.

        Raises SocketTimeoutError.
        """
        ip, port, connection = self._try(self.socket.getconnection, timeout)
        return ip, port, Connection(connection, self._timeout)


class UdpSocket(_Waiting):
    """A UDP socket at one of the vessel's ports; `address` is `(ip, port)`."""

    def __init__(self, socket, address, timeout=10):
        super().__init__(socket, timeout)
        self.address = address

    def send(self, ip, port, data):
        """Send one datagram from here. Returns how many bytes went."""
        return sendmessage(ip, port, data, *self.address)

    def getmessage(self, timeout=None):
        """Wait for a datagram; return `(ip, port, data)`. Raises SocketTimeoutError."""
        return self._try(self.socket.getmessage, timeout)

    def ask(self, ip, port, data, timeout=None, accept=None):
        """Send a datagram and return the answer that comes back from there, skipping what others send.

        With `accept`, an answer for which it returns None is skipped as well; what else it returns is the result.
        Raises SocketTimeoutError.
        """
        timeout = self._timeout if timeout is None else timeout
        deadline = timeout if timeout is None else getruntime() + timeout
        there = ipaddress.ip_address(ip), port
        self.send(ip, port, data)
        while (left := _left(deadline)) != 0:
            sender, senders_port, answer = self.getmessage(left)
            if (ipaddress.ip_address(sender), senders_port) == there:
                result = answer if accept is None else accept(answer)
                if result is not None:
                    return result
        raise SocketTimeoutError(f"{ip} port {port} has not answered")


def connect(host, port, localip=None, localport=None, timeout=5):
    """Connect to another computer, an address or a name, within `timeout` seconds; return a `Connection`.

    Without `localport` it is any of the vessel's ports that is free, without `localip` the address that leads there.
    Raises SocketTimeoutError, AddressBindingError when no port is free, and what `openconnection` raises.
    """
    ip = address_of(host)
    deadline = getruntime() + timeout

    def attempt(here, its_port):
        left = deadline - getruntime()
        if left <= 0:
            raise SocketTimeoutError(f"{host} port {port} has not answered within {timeout} seconds")
        if (here, its_port) == (ip, port):
            raise AlreadyListeningError("the other side is at this port")
        return openconnection(ip, port, here, its_port, left)

    here = localip or address_towards(ip)
    try:
        connection = at_some_port(attempt, "connport", here, localport, but=port if here == ip else None)
    except SocketTimeoutError:
        raise
    except TimeoutError:
        raise SocketTimeoutError(f"{host} port {port} has not answered within {timeout} seconds") from None
    return Connection(connection, timeout)


def listen(localip, localport=None, timeout=5):
    """Listen for connections; return a `Listener`. Without a port it is any of the vessel's that is free.

    Raises AddressBindingError when no port is free, and what `listenforconnection` raises.
    """

    def attempt(here, port):
        return Listener(listenforconnection(here, port), timeout, (here, port))

    return at_some_port(attempt, "connport", localip, localport)


def open_udp(localip, localport=None, timeout=10):
    """Open a UDP socket; return a `UdpSocket`. Without a port it is any of the vessel's that is free.

    Raises AddressBindingError when no port is free, and what `listenformessage` raises.
    """

    def attempt(here, port):
        return UdpSocket(listenformessage(here, port), (here, port), timeout)

    return at_some_port(attempt, "messport", localip, localport)


def address_of(host):
    """The address of a host, which is its own if it is one. Raises NetworkAddressError."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return gethostbyname(host)


def at_some_port(attempt, resource, localip, localport=None, but=None):
    """The result of `attempt(localip, port)` with the vessel's ports (`connport` or `messport`), until one is free.

    They are tried in random order, all `but` one. Raises AddressBindingError when none is free, and what `attempt`
    raises otherwise.
    """
    if localport is not None:
        return attempt(localip, localport)
    ports = sorted(getresources()[0][resource] - {but})
    why = f"the vessel has no {resource}"
    for port in random.sample(ports, len(ports)):
        try:
            return attempt(localip, port)
        except _NOT_FREE as error:
            why = error
    raise AddressBindingError(f"no port of the vessel is free at {localip}; of the last: {why}")


def _earlier(one, other):
    ends = [end for end in (one, other) if end is not None]
    return min(ends) if ends else None


def _left(deadline):
    """Seconds until then, 0 when it is over; None if there is no end."""
    return None if deadline is None else max(0, deadline - getruntime())


def timeout_waitforconn(ip, port, callback, timeout=5):
    """The former `waitforconn`: each connection is given to `callback(ip, port, connection, handle, handle)`.

    It runs in a thread of its own. Returns a handle for `timeout_stopcomm`.
    """
    listener = listen(ip, port, None)

    def serve():
        while True:
            try:
                there, its_port, connection = listener.getconnection()
            except SocketClosedLocal:
                return
            except ResourceExhaustedError:  # that one was closed; others may come later
                continue
            connection.settimeout(timeout)
            try:
                createthread(lambda one=(there, its_port, connection): callback(*one, listener, listener))
            except ResourceExhaustedError:  # there is no room for one more visitor
                connection.close()

    createthread(serve)
    return listener


def timeout_stopcomm(handle):
    """Close what `timeout_waitforconn` or `timeout_openconn` has returned."""
    return handle.close()


timeout_socket = Connection
timeout_server_socket = Listener
timeout_openconnection = timeout_openconn = connect
timeout_listenforconnection = listen
