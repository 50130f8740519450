"""librepy's sockets: calls that wait, and functions that are called for each connection or datagram that comes.

`socket`, `socketserver` and `sockettimeout` do the same in other ways.

Missing: `check_intv` and `setpollinterval` change nothing: sockets are not looked at, but waited for.
"""

from threading import Thread

import sockettimeout
from networking.ports import address_towards

_FOREVER = None


class RepySocket:
    """A connection whose calls wait: for ever, or as `settimeout` says."""

    def __init__(self, connection, here, there):
        self._connection, self._here, self._there = connection, here, there

    def recv(self, numbytes):
        """Wait for data; return 1 to `numbytes` bytes. Raises SocketClosedRemote at the end."""
        return self._do(self._connection.recv, numbytes)

    def send(self, data):
        """Wait until some of the data is accepted; return how many bytes."""
        return self._do(self._connection.send, data)

    def recvall(self, numbytes):
        """Wait for so many bytes; fewer if the connection ends before. Other errors are raised."""
        pieces, missing = [], numbytes
        while missing:
            try:
                pieces.append(self.recv(missing))
            except SocketClosedRemote:
                break
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def sendall(self, data):
        """Wait until all of the data is accepted; return how many bytes."""
        data = data.encode() if isinstance(data, str) else bytes(data)
        sent = 0
        while sent < len(data):
            sent += self.send(data[sent:])
        return sent

    def settimeout(self, timeout):
        """None: calls wait for ever. 0: they raise SocketWouldBlockError. Else so many seconds, then TimeoutError."""
        self._connection.settimeout(timeout)
        self._is_impatient = timeout == 0

    _is_impatient = False

    def setpollinterval(self, interval):
        """Change nothing: sockets are waited for."""

    def getpeername(self):
        """The address and port of the other side."""
        return self._there

    def getsockname(self):
        """The address and port on this side; None for a port that is not known."""
        return self._here

    def close(self):
        """Close the connection. Returns False if it was closed before."""
        return self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def _do(self, call, argument):
        try:
            return call(argument)
        except sockettimeout.SocketTimeoutError:
            if self._is_impatient:
                raise SocketWouldBlockError("there is nothing yet") from None
            raise


def openconn(desthost, destport, localip=None, localport=None, timeout=60):
    """Connect to a computer, an address or a name; return a RepySocket. Raises what `openconnection` raises.

    Without `localport` it is any of the vessel's ports that is free.
    """
    connection = sockettimeout.connect(desthost, destport, localip, localport, timeout)
    connection.settimeout(_FOREVER)
    here = localip or address_towards(sockettimeout.address_of(desthost))
    return RepySocket(connection, (here, localport), (desthost, destport))


def waitforconn(localip, localport, function, thread_pool=None, check_intv=0.1, err_delegate=None):
    """Call `function(remoteip, remoteport, socket, rawsocket, listener)` for each connection that comes.

    It runs in a thread of its own, or in one of a ThreadPool. What it raises is given to `err_delegate(error)`, or
    reported. Returns a function that ends it, `stop(destroy_pool=True)`.
    """
    listener = sockettimeout.listen(localip, localport, _FOREVER)

    def take():
        ip, port, connection = listener.getconnection()
        return ip, port, RepySocket(connection, (localip, localport), (ip, port)), connection.socket, listener.socket

    return _serve(take, listener, function, thread_pool, err_delegate)


def sendmess(desthost, destport, message, localip=None, localport=None):
    """Send one datagram; return how many bytes went. Without `localport` it is any of the vessel's that is free."""
    ip = sockettimeout.address_of(desthost)
    here = localip or address_towards(ip)

    def attempt(here, port):
        return sendmessage(ip, destport, message, here, port)

    return sockettimeout.at_some_port(attempt, "messport", here, localport)


def recvmess(localport, function, localip=None, thread_pool=None, check_intv=0.1, err_delegate=None):
    """Call `function(ip, port, message)` for each datagram that comes; otherwise as `waitforconn`."""
    udp = sockettimeout.open_udp(localip or getmyip(), localport, _FOREVER)
    return _serve(udp.getmessage, udp, function, thread_pool, err_delegate)


def get_connports(localip=None):
    """The vessel's TCP ports."""
    return sorted(getresources()[0]["connport"])


def get_messports(localip=None):
    """The vessel's UDP ports."""
    return sorted(getresources()[0]["messport"])


def _serve(take, waiting, function, thread_pool, err_delegate):
    def call(arguments):
        try:
            function(*arguments)
        except Exception as why:
            if err_delegate is None:
                raise
            err_delegate(why)

    def serve():
        while True:
            try:
                arguments = take()
            except SocketClosedLocal:
                return
            except ResourceExhaustedError:  # that one was closed; others may come later
                continue
            if thread_pool is None:
                Thread(target=call, args=(arguments,)).start()
            else:
                thread_pool.add_task(call, arguments)

    def stop(destroy_pool=True):
        """Take no more; destroy the pool, too, if there is one."""
        waiting.close()
        if thread_pool is not None and destroy_pool:
            thread_pool.destroy()

    Thread(target=serve).start()
    return stop
