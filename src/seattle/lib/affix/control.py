"""Short messages on a connection, as `session` frames them, for those who can't wait for one: none of these calls does.

Not a byte more than a message is taken from the connection, which afterwards may carry anything else.
"""

from networking.waiting import wait

_LONGEST_HEADER = 5  # bytes, with its line end


class Control:
    """Both directions of a connection. `most` is the longest message that is taken, in bytes."""

    def __init__(self, connection, most=1024):
        self.connection = connection
        self._most = most
        self._header = b""
        self._body = b""
        self._size = None  # of the message that has begun

    def take(self):
        """A message (text) that has come whole; None if there is none yet.

        Raises SocketClosedRemote when the other side has closed, ValueError for what is no message.
        """
        try:
            while self._size is None:
                self._header += self.connection.recv(1)
                if self._header.endswith(b"\n"):
                    self._size = self._size_of(self._header)
                elif len(self._header) >= _LONGEST_HEADER:
                    raise ValueError("this is no message: its header is too long")
            while len(self._body) < self._size:
                self._body += self.connection.recv(self._size - len(self._body))
        except SocketWouldBlockError:
            return None
        message = self._body.decode("latin-1")
        self._header, self._body, self._size = b"", b"", None
        return message

    def put(self, message):
        """Send a message (text).

        Raises SocketClosedRemote when the other side has closed, or reads so little that a message does not fit.
        """
        body = message.encode("latin-1")
        data = b"%d\n%b" % (len(body), body)
        try:
            fits = self.connection.send(data) == len(data)
        except SocketWouldBlockError:
            fits = False
        if not fits:
            raise SocketClosedRemote("the other side does not read what it is told")

    def ask(self, message, timeout):
        """Send a message and wait for the answer, up to `timeout` seconds. Raises TimeoutError, and as above."""
        self.put(message)
        return self.wait(timeout)

    def wait(self, timeout):
        """Wait for a message, up to `timeout` seconds. Raises TimeoutError, and as `take`."""
        end = getruntime() + timeout
        while (message := self.take()) is None:
            if (left := end - getruntime()) <= 0:
                raise TimeoutError(f"no answer came within {timeout:.3g} seconds")
            wait([self.connection], [], left)
        return message

    def _size_of(self, header):
        digits = header.rstrip(b"\n")
        if not digits.isdigit() or int(digits) > self._most:
            raise ValueError(f"a message here has at most {self._most} bytes, and digits say how many")
        return int(digits)
