"""Messages on a connection: each is sent with its length before it, so that the other side gets it whole.

The format is the reference's: the length in decimal digits, a newline, and so many bytes. A length of -1 says that
no more messages will come.

A connection may be any that has `send` and `recv`: the API's own, one of Python's sockets (`socket`), one with timeouts
(`sockettimeout`), or that of a security layer. Whoever does not trust the other side takes one with timeouts, and
bounds the conversation as a whole.
"""

from networking.waiting import wait

MOST = 16 * 2**20  # bytes of a message; whoever is at the other end must not fill our memory
_LONGEST_HEADER = 20  # bytes, with its newline
_PIECE = 2**18  # bytes that are sent at a time


class SessionEOF(Exception):
    """There are no more messages."""


def send_message(connection, data):
    """Send one message, and wait until all of it is on its way."""
    _send_all(connection, framed(data))


def send_end(connection):
    """Say that no more messages will come."""
    _send_all(connection, b"-1\n")


def receive_message(connection, most=MOST):
    """Wait for one message, and return its bytes.

    Raises SessionEOF when there are no more, ValueError for what is no message, or one of more than `most` bytes.
    """
    header = b""
    while (size := _size_in(header, most)) is None:
        header += _receive(connection, 1)
    data = bytearray()
    while len(data) < size:
        data += _receive(connection, size - len(data))
    return bytes(data)


def framed(data):
    """A message as it is sent: with its length before it."""
    data = data.encode() if isinstance(data, str) else data
    return b"%d\n%b" % (len(data), data)


def message_in(data, most=MOST):
    """The first message in what has come so far; None if it has not come as a whole. Raises as `receive_message`."""
    size = _size_in(data, most)
    if size is None:
        return None
    begin = data.index(b"\n") + 1
    return data[begin : begin + size] if len(data) >= begin + size else None


def _size_in(data, most):
    """The length that a message says it has; None if that has not come as a whole."""
    digits, newline, _ = data[:_LONGEST_HEADER].partition(b"\n")
    if not newline:
        if len(digits) == _LONGEST_HEADER:
            raise ValueError("this is no message: its header is too long")
        return None
    if not digits.removeprefix(b"-").isdigit():
        raise ValueError("this is no message: its header is no number")
    size = int(digits)
    if size == -1:
        raise SessionEOF("the other side has said that no more messages will come")
    if not 0 <= size <= most:
        raise ValueError(f"a message can't have {size} bytes; at most {most}")
    return size


def _send_all(connection, data):
    sent = 0
    while sent < len(data):
        try:
            sent += connection.send(data[sent : sent + _PIECE])
        except SocketWouldBlockError:
            wait([], [connection])


def _receive(connection, most):
    while True:
        try:
            if data := connection.recv(most):
                return data
            break
        except SocketWouldBlockError:
            wait([connection], [])
        except SocketClosedRemote:
            break
    raise SessionEOF("the other side has closed the connection")


session_sendmessage = send_message
session_recvmessage = receive_message
