"""MultiPathAffix: `(MultiPathAffix,N)`, one connection is spread over several below, and put together again.

    (MultiPathAffix,3)                         three connections, from ports of the vessel
    (MultiPathAffix,2,192.0.2.7,198.51.100.7)  from these addresses of this computer in turn

Whoever connects says how many. The first comes from the port that the program names, the others from whichever is free.
What is sent goes where there is room, so a fast path carries more. When a path breaks, so does the connection: nobody
knows what was lost with it.

Missing: datagrams, which raise AffixArgumentError: their order is nobody's business.
"""

import secrets

from affix.component import Component, Listener
from affix.data import checked_count, octets
from affix.errors import AffixArgumentError
from affix.ports import connect
from affix.transform import Transformed

_MOST_PATHS = 8
_ID = 16  # bytes; which connection a path belongs to
_HELLO = _ID + 2  # and which of how many it is
_HEADER = 6  # bytes before a piece: its number, its length
_PIECE = 4096  # bytes
_AHEAD = 64  # pieces that a path may be ahead of the one that is wanted
_MOST_WAITING = 64  # connections whose paths have not all come
_COMPLETE_WITHIN = 10  # seconds
_READ = 4096  # bytes


class MultiPathAffix(Component):
    """One connection over several."""

    name = "MultiPathAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        number, *self._addresses = self.arguments or ["2"]
        if not number.isdecimal() or not 1 <= int(number) <= _MOST_PATHS:
            raise AffixArgumentError(f"MultiPathAffix takes a number of paths, 1 to {_MOST_PATHS}, not {number!r}")
        self._paths = int(number)

    def text(self):
        """Without arguments: whoever connects says how many paths there are."""
        return f"({self.name})"

    def openconnection(self, destip, destport, localip, localport, timeout):
        """Connect over all paths."""
        end, which, paths = getruntime() + timeout, secrets.token_bytes(_ID), []
        try:
            for number in range(self._paths):
                left = max(end - getruntime(), 0.01)
                local = self._addresses[number % len(self._addresses)] if self._addresses else localip
                if number == 0:
                    below = self.peek().openconnection(destip, destport, local, localport, left)
                else:
                    below = connect(self.peek(), destip, destport, left, local)
                paths.append(Transformed(below))
                paths[-1].send(which + bytes([number, self._paths]))
        except BaseException:
            for path in paths:
                path.close()
            raise
        return _Spread(paths)

    def listenforconnection(self, localip, localport):
        """Listen for connections, of which each comes as several."""
        return _Gathering(self.peek().listenforconnection(localip, localport), self)

    def sendmessage(self, *_call):
        """Refuse."""
        raise AffixArgumentError("datagrams have one path each")

    listenformessage = sendmessage


class _Gathering(Listener):
    """Paths come, and are connections when they are complete."""

    def __init__(self, below, component):
        super().__init__(below, component)
        self._coming = []  # paths that have not said all of their hello
        self._groups = {}  # by id

    def getconnection(self):
        """One that is complete: `(ip, port, connection)` of its first path."""
        self._accept()
        for path in list(self._coming):
            if (which := path.take_hello()) is not None:
                self._coming.remove(path)
                self._groups.setdefault(which, _Group()).add(path)
        self._forget()
        for which, group in self._groups.items():
            if group.is_complete():
                del self._groups[which]
                return group.as_connection()
        raise SocketWouldBlockError("no connection is complete")

    def close(self):
        """Listen no more."""
        closed = self._below.close()
        for path in [*self._coming, *(path for group in self._groups.values() for path in group.paths.values())]:
            path.below.close()
        return closed

    def _accept(self):
        while len(self._coming) + len(self._groups) < _MOST_WAITING:
            try:
                self._coming.append(_Path(*self._below.getconnection()))
            except SocketWouldBlockError:
                return

    def _forget(self):
        now = getruntime()
        for path in list(self._coming):
            if path.is_wrong or path.began + _COMPLETE_WITHIN < now:
                self._coming.remove(path)
                path.below.close()
        for which, group in list(self._groups.items()):
            if group.is_wrong or group.began + _COMPLETE_WITHIN < now:
                del self._groups[which]
                for path in group.paths.values():
                    path.below.close()


class _Path:
    """A path that was accepted."""

    def __init__(self, ip, port, below):
        self.ip, self.port, self.below = ip, port, below
        self.began = getruntime()
        self.number = self.count = 0
        self.is_wrong = False
        self._hello = b""

    def take_hello(self):
        """The id of the connection that it belongs to, once all of it has come."""
        try:
            while len(self._hello) < _HELLO:
                self._hello += self.below.recv(_HELLO - len(self._hello))
        except SocketWouldBlockError:
            return None
        except SocketClosedRemote:
            self.is_wrong = True
            return None
        self.number, self.count = self._hello[_ID:]
        self.is_wrong = not self.number < self.count <= _MOST_PATHS
        return None if self.is_wrong else self._hello[:_ID]


class _Group:
    """The paths of one connection, by number."""

    def __init__(self):
        self.began = getruntime()
        self.is_wrong = False
        self.paths = {}

    def add(self, path):
        """One more has come. Two of the same number are from nobody who means well."""
        self.is_wrong |= path.number in self.paths or any(one.count != path.count for one in self.paths.values())
        if self.is_wrong:
            path.below.close()
        else:
            self.paths[path.number] = path

    def is_complete(self):
        """Whether all paths are there."""
        return not self.is_wrong and len(self.paths) == self.paths[min(self.paths)].count

    def as_connection(self):
        """`(ip, port, connection)`."""
        paths = [self.paths[number] for number in sorted(self.paths)]
        return paths[0].ip, paths[0].port, _Spread([Transformed(path.below) for path in paths])


class _Spread:
    """A connection whose pieces are numbered, and go over several paths."""

    def __init__(self, paths):
        self._paths = paths
        self._sending, self._receiving = createlock(), createlock()
        self._turn = 0  # the path that is asked first
        self._sent = 0  # pieces
        self._wanted = 0  # the piece that comes next
        self._came = {}  # data by piece
        self._bytes = [b""] * len(paths)  # that have come over each path, of no whole piece yet
        self._last = [-1] * len(paths)  # the last piece that has come over each
        self._end = None  # the number of pieces, when the other side has closed
        self._gone = None  # why a path is no more
        self._ready = b""
        self._is_closed = False

    def send(self, message):
        """As the API's: how many bytes were accepted."""
        self._refuse_closed()
        data = octets(message)[:_PIECE]
        if not data:
            return 0
        with self._sending:
            piece = self._sent.to_bytes(4, "big") + len(data).to_bytes(2, "big") + data
            for step in range(len(self._paths)):
                try:
                    self._paths[(self._turn + step) % len(self._paths)].send(piece)
                except SocketWouldBlockError:
                    continue
                self._turn += step + 1
                self._sent += 1
                return len(data)
        raise SocketWouldBlockError("no path takes anything now")

    def recv(self, numbytes):
        """As the API's: 1 to `numbytes` bytes, in the order in which they were sent."""
        checked_count(numbytes)
        self._refuse_closed()
        with self._receiving:
            if not self._ready:
                self._take_all()
                while self._wanted in self._came:
                    self._ready += self._came.pop(self._wanted)
                    self._wanted += 1
            if not self._ready:
                if self._end == self._wanted or self._gone is not None:
                    raise SocketClosedRemote("the other side has closed the connection") from self._gone
                raise SocketWouldBlockError("nothing has come yet")
            data, self._ready = self._ready[:numbytes], self._ready[numbytes:]
        return data

    def close(self):
        """As the API's."""
        if self._is_closed:
            return False
        self._is_closed = True
        with self._sending:
            for path in self._paths:
                try:
                    path.send(self._sent.to_bytes(4, "big") + bytes(2))
                except (SocketWouldBlockError, SocketClosedRemote):
                    continue  # another one says it
        for path in self._paths:
            path.close()
        return True

    def _take_all(self):
        for number, path in enumerate(self._paths):
            try:
                while self._last[number] < self._wanted + _AHEAD:
                    self._bytes[number] += path.recv(_READ)
                    self._cut(number)
            except SocketWouldBlockError:
                continue
            except SocketClosedRemote as why:
                if self._end is None:
                    self._gone = why

    def _cut(self, number):
        """The whole pieces of what has come over a path. Raises SocketClosedRemote for what can't be such."""
        data = self._bytes[number]
        while len(data) >= _HEADER:
            piece, size = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:_HEADER], "big")
            if len(data) < _HEADER + size:
                break
            if piece <= self._last[number] or size > _PIECE:
                raise SocketClosedRemote("what came is not what the stack expects")
            self._last[number] = piece
            if size:
                self._came[piece] = data[_HEADER : _HEADER + size]
            else:
                self._end = piece
            data = data[_HEADER + size :]
        self._bytes[number] = data

    def _refuse_closed(self):
        if self._is_closed:
            raise SocketClosedLocal("this connection is closed")
