"""Python's `socket` over the Repy API: TCP and UDP over IPv4 and IPv6, with timeouts, files and names.

What differs comes from what a vessel is. Ports are its own (`messport`, `connport`), so port 0 is one of those, also
for a socket that connects without `bind`. A socket that is bound to all addresses ("", "0.0.0.0", "::") listens at the
loopback and at the address by which this computer reaches the Internet, and takes a unit of `insockets` for each. What
the donor or the vessel's limits forbid is a PermissionError that says why. A datagram has at most 9216 bytes.

Missing: `SOCK_RAW` and the families but `AF_INET` and `AF_INET6`, since the API has UDP and TCP alone; `dup`, `detach`,
`fromfd`, `share` and `fileno=`, since there are no descriptors in a vessel (`fileno()` is a number for `select` and
`selectors`); `sendmsg` with ancillary data, `recvmsg` and `MSG_OOB`, for the same reason; options that would change
what goes over the network (`IP_TTL`, multicast): they raise OSError (ENOPROTOOPT), while buffers, `SO_REUSEADDR`,
`TCP_NODELAY` and their like are remembered and change nothing; names for addresses (`gethostbyaddr`), since the API has
none; a datagram from a socket to itself; `if_nameindex` and its kin; TLS (`ssl`), since Repy has no module for it.
`connect` of a socket that does not block waits all the same, up to 10 seconds. The constants are plain numbers.
"""

from errno import EAFNOSUPPORT, EAGAIN, EBADF, EINVAL, ENOPROTOOPT, ENOTCONN, EPROTONOSUPPORT
from itertools import count

from networking.errors import (  # noqa: F401 - they are this module's, too
    EAI_AGAIN,
    EAI_FAMILY,
    EAI_NONAME,
    EAI_SERVICE,
    EAI_SOCKTYPE,
    gaierror,
    herror,
    os_error,
)
from networking.files import BinaryFile, TextFile
from networking.names import (  # noqa: F401 - as above
    AF_INET,
    AF_INET6,
    AF_UNSPEC,
    AI_CANONNAME,
    AI_NUMERICHOST,
    AI_NUMERICSERV,
    AI_PASSIVE,
    IPPROTO_TCP,
    IPPROTO_UDP,
    NI_NUMERICHOST,
    NI_NUMERICSERV,
    SOCK_DGRAM,
    SOCK_STREAM,
    VERSIONS,
    address_of,
    getaddrinfo,
    getfqdn,
    gethostbyaddr,
    gethostbyname,
    gethostbyname_ex,
    gethostname,
    getnameinfo,
    getservbyname,
    getservbyport,
    htonl,
    htons,
    inet_aton,
    inet_ntoa,
    inet_ntop,
    inet_pton,
    ntohl,
    ntohs,
)
from networking.ports import ANY, own_addresses
from networking.tcp import Tcp
from networking.udp import Udp
from networking.waiting import wait

error, timeout = OSError, TimeoutError

SOCK_NONBLOCK, SOCK_CLOEXEC = 0o4000, 0o2000000
SHUT_RD, SHUT_WR, SHUT_RDWR = 0, 1, 2
SOMAXCONN = 4096
MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL, MSG_NOSIGNAL = 2, 0x40, 0x100, 0x4000
IPPROTO_IP, IPPROTO_ICMP, IPPROTO_IPV6 = 0, 1, 41
INADDR_ANY, INADDR_LOOPBACK, INADDR_BROADCAST = 0, 0x7F000001, 0xFFFFFFFF

SOL_SOCKET, SOL_TCP, SOL_UDP = 1, 6, 17
SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE = 2, 3, 4, 6, 7, 8, 9
SO_LINGER, SO_REUSEPORT, SO_ACCEPTCONN, SO_PROTOCOL, SO_DOMAIN = 13, 15, 30, 38, 39
TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_QUICKACK = 1, 4, 5, 6, 7, 12
TCP_USER_TIMEOUT, TCP_FASTOPEN, IPV6_V6ONLY = 18, 23, 26

_HARMLESS = {
    SOL_SOCKET: (SO_REUSEADDR, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE, SO_LINGER, SO_REUSEPORT),
    SOL_TCP: (TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_QUICKACK, TCP_USER_TIMEOUT),
    IPPROTO_IPV6: (IPV6_V6ONLY,),
}
_PATIENCE = 10.0  # seconds in which a socket that does not block has to connect
_AT_ONCE = 65536  # bytes

_ENDS = {(SOCK_STREAM, 0), (SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, 0), (SOCK_DGRAM, IPPROTO_UDP)}
_numbers = count(3)
_open = {}  # the sockets that were asked for their number: `select` knows them by that
_default = {"timeout": None}


class socket:
    """A socket, as CPython's. `with` closes it."""

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        """Raises OSError for a family, type or protocol that a vessel has not."""
        family, type, proto = (AF_INET if family < 0 else family), (1 if type < 0 else type), max(proto, 0)
        if fileno is not None:
            raise OSError(EBADF, "there are no descriptors in a vessel")
        if family not in VERSIONS:
            raise OSError(EAFNOSUPPORT, "Address family not supported by protocol")
        self._timeout = 0.0 if type & SOCK_NONBLOCK else _default["timeout"]
        self.family, self.type, self.proto = family, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), proto
        if (self.type, proto) not in _ENDS:
            raise OSError(EPROTONOSUPPORT, "Protocol not supported")
        self._any_host = ANY[VERSIONS[family]][1]
        self._end = Tcp() if self.type == SOCK_STREAM else Udp(self._any_host)
        self._number = -1
        self._files = 0
        self._is_closed = self._closes_with_files = False
        self._options = {}

    def bind(self, address):
        """Take a local address, a `(host, port)`; port 0 is any of the vessel's. Raises OSError."""
        host, port = self._host_and_port(address)
        if host in ANY[VERSIONS[self.family]]:
            self._do(lambda: self._end.bind(own_addresses(VERSIONS[self.family]), self._any_host, port))
        else:
            ip = address_of(host, VERSIONS[self.family])
            self._do(lambda: self._end.bind([ip], ip, port))

    def listen(self, backlog=SOMAXCONN):
        """Let others connect. The `backlog` is the vessel's to say. Raises OSError."""
        end = self._open_end()
        if end.local is None:
            self.bind((self._any_host, 0))
        end.listen()

    def accept(self):
        """Wait for a connection, and return `(socket, address)`. Raises OSError, TimeoutError."""
        end, address = self._wait_until(lambda end: end.accept())
        accepted = socket(self.family, self.type, self.proto)
        accepted._end = end
        return accepted, self._as_address(address)

    def connect(self, address):
        """Connect, or, with UDP, say with whom datagrams are exchanged. Raises OSError, TimeoutError."""
        ip, port = self._remote(address)
        seconds = _PATIENCE if self._timeout == 0 else self._timeout
        try:
            self._do(lambda: self._end.connect(ip, port, seconds))
        except TimeoutError as why:
            if self._timeout is None:
                raise
            raise TimeoutError("timed out") from why

    def connect_ex(self, address):
        """Connect, and return the number of the error; 0 if there is none. Raises gaierror."""
        try:
            self.connect(address)
        except gaierror:
            raise
        except OSError as why:
            return why.errno or EAGAIN
        return 0

    def recv(self, bufsize, flags=0):
        """Wait for data, and return up to `bufsize` bytes; none when the other side has closed.

        Raises OSError, TimeoutError.
        """
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        if not bufsize and self.type == SOCK_STREAM:
            self._open_end()
            return b""
        if flags & MSG_PEEK:
            return self._wait_until(lambda end: end.peek(bufsize), flags)
        data = self._wait_until(lambda end: end.recv(bufsize), flags)
        if flags & MSG_WAITALL:
            while self.type == SOCK_STREAM and len(data) < bufsize and (more := self.recv(bufsize - len(data))):
                data += more
        return data

    def recvfrom(self, bufsize, flags=0):
        """Wait for a datagram, and return `(data, address)`. Raises OSError, TimeoutError."""
        if self.type == SOCK_STREAM:
            return self.recv(bufsize, flags), None
        looks = flags & MSG_PEEK
        data, address = self._wait_until(lambda end: end.peekfrom(bufsize) if looks else end.recvfrom(bufsize), flags)
        return data, self._as_address(address)

    def recv_into(self, buffer, nbytes=0, flags=0):
        """Wait for data, put it into a bytearray, and return how many bytes there were.

        Raises OSError, TimeoutError.
        """
        data = self.recv(nbytes or len(buffer), flags)
        buffer[: len(data)] = data
        return len(data)

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        """As `recvfrom`, with the data in a bytearray and its number of bytes in its place."""
        data, address = self.recvfrom(nbytes or len(buffer), flags)
        buffer[: len(data)] = data
        return len(data), address

    def send(self, data, flags=0):
        """Wait until some of the data can be sent, and return how many bytes were. Raises OSError, TimeoutError."""
        return self._send(_bytes(data), flags)

    def sendall(self, data, flags=0):
        """Send all of the data. Raises OSError, TimeoutError, and then nobody knows how much was sent."""
        whole = _bytes(data)
        if self.type == SOCK_DGRAM or not whole:
            self.send(whole, flags)
            return
        deadline = None if self._timeout is None else getruntime() + self._timeout
        sent = 0
        while sent < len(whole):
            sent += self._send(whole[sent : sent + _AT_ONCE], flags, deadline)

    def sendto(self, data, *flags_and_address):
        """Send a datagram to an address, and return how many bytes went. Raises OSError."""
        address = flags_and_address[-1]
        if self.type == SOCK_STREAM:
            return self.send(data)
        ip, port = self._remote(address)
        piece = _bytes(data)
        return self._do(lambda: self._end.sendto(piece, ip, port))

    def sendmsg(self, buffers):
        """Send these pieces of data one after the other, as one. Raises OSError, TimeoutError."""
        return self.send(b"".join(buffers))

    def sendfile(self, file, offset=0, count=None):
        """Send what is in a file of bytes, or `count` bytes of it, and return how many there were.

        Raises OSError, TimeoutError.
        """
        if offset:
            file.seek(offset)
        total = 0
        while count is None or total < count:
            piece = file.read(_AT_ONCE if count is None else min(_AT_ONCE, count - total))
            if not piece:
                break
            self.sendall(piece)
            total += len(piece)
        return total

    def makefile(self, mode="r", buffering=None, *, encoding=None, errors=None, newline=None):
        """A file that reads and writes this socket, as CPython's: "r", "w" or "rw", with "b" for bytes."""
        if not set(mode) <= {"r", "w", "b"}:
            raise ValueError(f"invalid mode {mode!r} (only r, w, b allowed)")
        is_binary, reads, writes = "b" in mode, "r" in mode or "w" not in mode, "w" in mode
        if buffering == 0 and not is_binary:
            raise ValueError("unbuffered streams must be binary")
        self._open_end()
        self._files += 1
        buffered = -1 if buffering in (None, 1) else buffering
        binary = BinaryFile(self, ("r" if reads else "") + ("w" if writes else "") + "b", buffered)
        return binary if is_binary else TextFile(binary, encoding, errors, newline, buffering == 1)

    def _let_go_of_file(self):
        """For the files of `makefile`: one of them has been closed."""
        self._files -= 1
        if self._closes_with_files and not self._files:
            self._close()

    def shutdown(self, how):
        """Read no more (SHUT_RD), tell the other side that no more will come (SHUT_WR), or both. Raises OSError."""
        if how not in (SHUT_RD, SHUT_WR, SHUT_RDWR):
            raise OSError(EINVAL, "Invalid argument")
        self._do(lambda: self._end.shut_down(reading=how != SHUT_WR, writing=how != SHUT_RD))

    def close(self):
        """Close it; when files of `makefile` are open, with the last of them."""
        if self._files:
            self._closes_with_files = True
        else:
            self._close()

    def settimeout(self, value):
        """Have calls wait for at most so many seconds; None for as long as it takes, 0 not at all."""
        if value is not None and value < 0:
            raise ValueError("Timeout value out of range")
        self._timeout = None if value is None else float(value)

    def gettimeout(self):
        """Seconds that calls wait for, or None."""
        return self._timeout

    def setblocking(self, flag):
        """True: calls wait for as long as it takes. False: not at all."""
        self.settimeout(None if flag else 0.0)

    def getblocking(self):
        """Whether calls wait."""
        return self._timeout != 0

    def getsockname(self):
        """The local address. Raises OSError if it is closed."""
        return self._as_address(self._open_end().local or (self._any_host, 0))

    def getpeername(self):
        """The address of the other side. Raises OSError if there is none."""
        remote = self._open_end().remote
        if remote is None:
            raise OSError(ENOTCONN, "Transport endpoint is not connected")
        return self._as_address(remote)

    def setsockopt(self, level, optname, value, optlen=None):
        """Remember an option that changes nothing here. Raises OSError for those that would."""
        if optname not in _HARMLESS.get(level, ()):
            raise OSError(ENOPROTOOPT, "Protocol not available")
        self._open_end()
        self._options[level, optname] = value

    def getsockopt(self, level, optname, buflen=0):
        """The value of an option. Raises OSError for one that there is not."""
        told = {SO_TYPE: self.type, SO_ERROR: 0, SO_DOMAIN: self.family, SO_PROTOCOL: 0}
        self._open_end()
        if level == SOL_SOCKET and optname in told:
            return told[optname]
        if optname not in _HARMLESS.get(level, ()):
            raise OSError(ENOPROTOOPT, "Protocol not available")
        return self._options.get((level, optname), 0)

    def fileno(self):
        """A number by which `select` knows it; -1 when it is closed."""
        if self._number < 0 and not self._is_closed:
            self._number = next(_numbers)
            _open[self._number] = self
        return self._number

    def get_inheritable(self):
        """False: there are no other programs to inherit it."""
        return False

    def set_inheritable(self, inheritable):
        """Do nothing."""

    @property
    def timeout(self):
        """Seconds that calls wait for, or None."""
        return self._timeout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self._is_closed:
            self.close()

    def __repr__(self):
        text = f"<socket.socket fd={self.fileno()}, family={self.family}, type={self.type}, proto={self.proto}"
        if self._is_closed:
            return text.replace("socket.socket", "socket.socket [closed]") + ">"
        peer = "" if self._end.remote is None else f", raddr={self.getpeername()}"
        return f"{text}, laddr={self.getsockname()}{peer}>"

    def end_for_waiting(self):
        """For `select`: what the socket is made of. Raises OSError if it is closed."""
        return self._open_end()

    def _send(self, data, flags, deadline=None):
        return self._wait_until(lambda end: end.send(data), flags, writes=True, deadline=deadline)

    def _close(self):
        if not self._is_closed:
            self._is_closed = True
            _open.pop(self._number, None)
            self._number = -1
            self._end.close()

    def _open_end(self):
        if self._is_closed:
            raise OSError(EBADF, "Bad file descriptor")
        return self._end

    def _do(self, call):
        """What `call()` returns; what the API raises as an OSError."""
        self._open_end()
        try:
            return call()
        except RepyException as why:
            raise os_error(why) from why

    def _wait_until(self, attempt, flags=0, *, writes=False, deadline=None):
        """What `attempt(end)` returns as soon as it has not got to wait, within the time that there is."""
        seconds = 0.0 if flags & MSG_DONTWAIT else self._timeout
        if seconds is not None and deadline is None:
            deadline = getruntime() + seconds
        while True:
            try:
                return attempt(self._open_end())
            except SocketWouldBlockError:
                if seconds == 0:
                    raise BlockingIOError(EAGAIN, "Resource temporarily unavailable") from None
            except RepyException as why:
                raise os_error(why) from why
            left = None if deadline is None else deadline - getruntime()
            if left is not None and left <= 0:
                raise TimeoutError("timed out")
            if writes:
                wait([], self._end.writing(), left)
            else:
                wait(self._end.reading(), [], left)

    def _remote(self, address):
        """The address of the other end; what stands for all addresses of this computer is its loopback."""
        host, port = self._host_and_port(address)
        version = VERSIONS[self.family]
        return address_of("localhost" if host in ANY[version] else host, version), port

    def _host_and_port(self, address):
        if not isinstance(address, tuple):
            raise TypeError(f"AF_INET address must be tuple, not {type(address).__name__}")
        host, port, *_ = address
        if not isinstance(port, int):
            raise TypeError(f"'{type(port).__name__}' object cannot be interpreted as an integer")
        if not 0 <= port <= 65535:
            raise OverflowError("port must be 0-65535.")
        return host, port

    def _as_address(self, end):
        return tuple(end) if self.family == AF_INET else (*end, 0, 0)


SocketType = socket
has_ipv6 = True


def create_connection(address, timeout=_default, source_address=None, *, all_errors=False):
    """A TCP socket that is connected with `(host, port)`, within `timeout` seconds. Raises OSError, TimeoutError."""
    host, port = address
    errors = []
    for family, kind, protocol, _name, remote in getaddrinfo(host, port, 0, SOCK_STREAM):
        sock = socket(family, kind, protocol)
        try:
            if timeout is not _default:
                sock.settimeout(timeout)
            if source_address:
                sock.bind(source_address)
            sock.connect(remote)
        except OSError as why:
            sock.close()
            errors.append(why)
        else:
            return sock
    if all_errors:
        raise ExceptionGroup("create_connection failed", errors)
    raise errors[0]


def create_server(address, *, family=AF_INET, backlog=None, reuse_port=False, dualstack_ipv6=False):
    """A TCP socket that listens at `(host, port)`. Raises OSError."""
    if dualstack_ipv6:
        raise ValueError("dualstack_ipv6 not supported on this platform")
    sock = socket(family, SOCK_STREAM)
    try:
        sock.bind(address)
        sock.listen()
    except OSError:
        sock.close()
        raise
    return sock


def has_dualstack_ipv6():
    """False: a socket is for one version of IP."""
    return False


def socketpair(family=AF_INET, type=SOCK_STREAM, proto=0):
    """Two TCP sockets that are connected with each other, over the loopback. Raises OSError."""
    with create_server(("127.0.0.1", 0)) as server:
        ours = create_connection(server.getsockname(), None)
        theirs, address = server.accept()
        while address != ours.getsockname():  # somebody else was faster
            theirs.close()
            theirs, address = server.accept()
    return ours, theirs


def getdefaulttimeout():
    """Seconds that calls of new sockets wait for, or None."""
    return _default["timeout"]


def setdefaulttimeout(value):
    """Have calls of new sockets wait for at most so many seconds; None for as long as it takes."""
    if value is not None and value < 0:
        raise ValueError("Timeout value out of range")
    _default["timeout"] = None if value is None else float(value)


def close(fd):
    """Close the socket that has this number. Raises OSError if there is none."""
    socket_of(fd).close()


def socket_of(number):
    """The open socket whose `fileno()` is this. Raises OSError."""
    if number not in _open:
        raise OSError(EBADF, "Bad file descriptor")
    return _open[number]


def _bytes(data):
    if isinstance(data, str):
        raise TypeError("a bytes-like object is required, not 'str'")
    return data if isinstance(data, bytes) else bytes(data)
