"""What is put around connections: of which the data is something else on the way, compressed or encrypted."""

from affix.data import checked_count, octets
from networking.waiting import wait

_READ = 4096  # bytes that are taken from below at a time
_FLUSHED_WITHIN = 10  # seconds, when such a connection is closed


class Wrapped:
    """Something around a connection, which by itself changes nothing."""

    def __init__(self, below):
        self._below = below

    def send(self, message):
        """As the API's."""
        return self._below.send(message)

    def recv(self, numbytes):
        """As the API's."""
        return self._below.recv(numbytes)

    def close(self):
        """As the API's."""
        return self._below.close()


class Transformed(Wrapped):
    """Sends and receives what the methods `outgoing` and `incoming` of a derived class return.

    As on a connection of the API, no call waits. What was accepted is sent as soon as there is room for it, by
    whichever call comes next or by a thread.
    """

    most = 16384  # bytes of the program's that are accepted at a time

    def __init__(self, below):
        super().__init__(below)
        self._lock = createlock()  # for sending; receiving has its own, since programs do both at the same time
        self._receiving = createlock()
        self._unsent = b""
        self._is_flushing = False
        self._ready = b""
        self._is_closed = False

    def outgoing(self, data):
        """The bytes to send for the program's data."""
        return data

    def incoming(self, data):
        """The program's data in bytes that have come: all that is whole. Raises ValueError for what can't be such."""
        return data

    def more(self):
        """The program's data in bytes that have come before, but were too many at a time. Raises ValueError."""
        return b""

    def ending(self):
        """The bytes to send before the connection is closed."""
        return b""

    def send(self, message):
        """As the API's: how many bytes were accepted. Raises SocketWouldBlockError, and when it is closed."""
        self._refuse_closed()
        data = octets(message)
        with self._lock:
            self._flush()
            if self._unsent:
                raise SocketWouldBlockError("what was sent before is still on its way")
            accepted = data[: self.most]
            if accepted:
                self._unsent = self.outgoing(accepted)
                self._flush()
                self._flush_later()
        return len(accepted)

    def recv(self, numbytes):
        """As the API's: 1 to `numbytes` bytes. Raises SocketWouldBlockError, and when it is closed on either side."""
        checked_count(numbytes)
        self._refuse_closed()
        with self._receiving:
            while not self._ready:
                self._take()
            data, self._ready = self._ready[:numbytes], self._ready[numbytes:]
        return data

    def close(self):
        """As the API's. What was accepted is sent first, for some seconds at most."""
        if self._is_closed:
            return False
        self._is_closed = True
        with self._lock:
            self._unsent += self.ending()
            end = getruntime() + _FLUSHED_WITHIN
            try:
                while self._flush() and (left := end - getruntime()) > 0:
                    wait([], [self._below], left)
            except (SocketClosedRemote, SocketClosedLocal):
                pass  # nobody is there any more to send it to
        return self._below.close()

    def _take(self):
        """Take what has come. Raises SocketWouldBlockError, and when it is closed."""
        try:
            self._ready += self.more() or self.incoming(self._below.recv(_READ))
        except ValueError as why:
            self._below.close()
            raise SocketClosedRemote(f"what came is not what the stack expects: {why}") from None

    def _flush(self):
        """Send what fits. Whether something is left."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self._below.send(self._unsent) :]
        except SocketWouldBlockError:
            return True
        return False

    def _flush_later(self):
        if self._unsent and not self._is_flushing:
            try:
                createthread(self._flush_all)
                self._is_flushing = True
            except ResourceExhaustedError:
                pass  # the next call flushes

    def _flush_all(self):
        try:
            while not self._is_closed:
                wait([], [self._below], 1)
                with self._lock:
                    if not self._flush():
                        break
        except (SocketClosedRemote, SocketClosedLocal):
            pass  # the next call of the program hears of it
        self._is_flushing = False

    def _refuse_closed(self):
        if self._is_closed:
            raise SocketClosedLocal("this connection is closed")
