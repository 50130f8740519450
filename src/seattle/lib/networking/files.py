"""The files that `socket.makefile` returns: a connection read and written as `open` would, in bytes or in text."""

_AT_ONCE = 8192  # bytes, as CPython's buffers have


class Stream:
    """What files of bytes and of text have in common: lines come by `readline`, and nothing comes twice."""

    def readlines(self, hint=-1):
        """All lines, or those of about so many bytes or characters."""
        lines, total = [], 0
        for line in self:
            lines.append(line)
            total += len(line)
            if 0 < (hint or 0) <= total:
                break
        return lines

    def writelines(self, lines):
        """Write each of these."""
        for line in lines:
            self.write(line)

    def seekable(self):
        """False: what was taken is gone."""
        return False

    def isatty(self):
        """False."""
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line


class BinaryFile(Stream):
    """A socket as a file of bytes. What is written goes out when there is enough of it, and with `flush`."""

    def __init__(self, sock, mode, buffering):
        self.mode, self.name, self.closed = mode, sock.fileno(), False
        self._socket = sock
        self._reads, self._writes = "r" in mode or "+" in mode, "w" in mode or "+" in mode
        self._most = _AT_ONCE if buffering < 0 else buffering  # bytes that are kept back
        self._unread = b""
        self._unwritten = bytearray()

    def read(self, size=-1):
        """So many bytes, or all up to the end."""
        self._check(self._reads, "read")
        if size is None or size < 0:
            pieces = [self._take(len(self._unread))]
            while piece := self._socket.recv(_AT_ONCE * 8):
                pieces.append(piece)
            return b"".join(pieces)
        pieces = [self._take(size)]
        missing = size - len(pieces[0])
        while missing and self._fill(missing):
            pieces.append(self._take(missing))
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def read1(self, size=-1):
        """What has come: up to so many bytes, with one look at the network at most."""
        self._check(self._reads, "read")
        if not self._unread:
            self._fill(0)
        return self._take(len(self._unread) if size < 0 else size)

    def peek(self, size=0):
        """What `read1` would return, without taking it."""
        if not self._unread:
            self._fill(0)
        return self._unread

    def readinto(self, buffer):
        """Fill a bytearray as far as the data goes; how many bytes there were."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readline(self, size=-1):
        """A line with its end, or up to so many bytes of it."""
        self._check(self._reads, "read")
        seen = 0
        while (end := self._unread.find(b"\n", seen) + 1) == 0:
            seen = len(self._unread)
            if 0 <= size <= seen or not self._fill(0):
                end = seen
                break
        return self._take(end if size is None or size < 0 else min(end, size))

    def write(self, data):
        """Write all of it, now or later."""
        self._check(self._writes, "write")
        if isinstance(data, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        self._unwritten += data
        if len(self._unwritten) > self._most or not self._most:
            self.flush()
        return len(data)

    def flush(self):
        """Send what was written."""
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        data, self._unwritten = bytes(self._unwritten), bytearray()
        if data:
            self._socket.sendall(data)

    def close(self):
        """Send what was written, and let go of the socket."""
        if not self.closed:
            try:
                self.flush()
            finally:
                self.closed = True
                self._socket._let_go_of_file()

    def fileno(self):
        """The socket's number."""
        return self._socket.fileno()

    def readable(self):
        """Whether it was made for reading."""
        return self._reads

    def writable(self):
        """Whether it was made for writing."""
        return self._writes

    def _check(self, may, what):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if not may:
            raise OSError(f"the file was not made to {what}")

    def _fill(self, size):
        """Wait for more; False when there is none."""
        data = self._socket.recv(max(size, _AT_ONCE))
        self._unread += data
        return bool(data)

    def _take(self, size):
        data, self._unread = self._unread[:size], self._unread[size:]
        return data


class TextFile(Stream):
    """A socket as a file of text. `newline` is as in `open`."""

    def __init__(self, binary, encoding, errors, newline, line_buffering):
        if newline not in (None, "", "\n", "\r\n", "\r"):
            raise ValueError(f"illegal newline value: {newline!r}")
        self.buffer, self.mode, self.name = binary, binary.mode, binary.name
        self.encoding, self.errors, self.line_buffering = encoding or "utf-8", errors or "strict", line_buffering
        self._newline = newline
        self._undecoded = b""
        self._text = ""
        self._is_over = False

    @property
    def closed(self):
        """Whether it is closed."""
        return self.buffer.closed

    def read(self, size=-1):
        """So many characters, or all up to the end."""
        self._check()
        while (size is None or size < 0 or len(self._text) < size) and self._fill():
            pass
        return self._take(len(self._text) if size is None or size < 0 else size)

    def readline(self, size=-1):
        """A line with its end, or up to so many characters of it."""
        self._check()
        while (end := self._line_end()) == 0:
            if 0 <= size <= len(self._text) or not self._fill():
                end = self._line_end() or len(self._text)
                break
        return self._take(end if size is None or size < 0 else min(end, size))

    def write(self, text):
        """Write all of it, now or later."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        ends = "\n" if self._newline in (None, "", "\n") else self._newline
        self.buffer.write(text.replace("\n", ends).encode(self.encoding, self.errors))
        if self.line_buffering and ("\n" in text or "\r" in text):
            self.buffer.flush()
        return len(text)

    def flush(self):
        """Send what was written."""
        self.buffer.flush()

    def close(self):
        """Send what was written, and let go of the socket."""
        self.buffer.close()

    def fileno(self):
        """The socket's number."""
        return self.buffer.fileno()

    def readable(self):
        """Whether it was made for reading."""
        return self.buffer.readable()

    def writable(self):
        """Whether it was made for writing."""
        return self.buffer.writable()

    def _check(self):
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    def _fill(self):
        """Wait for more; False when there is none."""
        if self._is_over:
            return False
        data = self.buffer.read1()
        self._is_over = not data
        self._undecoded += data
        self._text += self._decoded()
        return not self._is_over

    def _decoded(self):
        """The text of what has come, without a last character of which the rest has not."""
        data, self._undecoded = self._undecoded, b""
        if not self._is_over:
            if self._newline is None and data.endswith(b"\r"):  # its line feed may be on the way
                data, self._undecoded = data[:-1], b"\r"
            try:
                data.decode(self.encoding)
            except UnicodeDecodeError as why:
                if why.end == len(data) and len(data) - why.start < 4:
                    data, self._undecoded = data[: why.start], data[why.start :] + self._undecoded
        text = data.decode(self.encoding, self.errors)
        return text.replace("\r\n", "\n").replace("\r", "\n") if self._newline is None else text

    def _line_end(self):
        """Where the first line ends; 0 if that has not come."""
        if self._newline == "":
            ends = [at + len(mark) for mark in ("\n", "\r\n", "\r") if (at := self._text.find(mark)) >= 0]
            if not ends:
                return 0
            end = min(ends)
            is_half = self._text[end - 1] == "\r"
            if is_half and end == len(self._text) and not self._is_over:
                return 0
            return end + (is_half and self._text[end : end + 1] == "\n")
        mark = self._newline or "\n"
        return self._text.find(mark) + len(mark) if mark in self._text else 0

    def _take(self, size):
        text, self._text = self._text[:size], self._text[size:]
        return text
