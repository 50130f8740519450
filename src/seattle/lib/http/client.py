"""Requests over HTTP/1.1 and their replies, as Python's `http.client` has them.

    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=10)
    connection.request("GET", "/")
    print(connection.getresponse().read())

Servers are not trusted: a line has at most `MAX_LINE` bytes, a reply at most `MAX_HEADERS` headers of
`MAX_HEADER_BYTES` together, and `read()` without a number gives up after `MAX_BODY` bytes; reading in pieces has no
such end. The names can be set to other values.

Missing: `HTTPSConnection` and `set_tunnel` (Repy has no TLS). Headers are a `HTTPMessage` that has what `email.message`
has for headers, and nothing for parts of a body.
"""

import re
import socket
from http import HTTPStatus
from urllib.parse import urlsplit

HTTP_PORT = 80
MAX_LINE = 65536  # bytes
MAX_HEADERS = 100
MAX_HEADER_BYTES = 2**17
MAX_BODY = 2**23  # bytes that one `read()` returns; a vessel of 64 MB can bear them
_MAX_CONTINUES = 10  # replies that say no more than: go on
_BLOCK = 2**16  # bytes that are moved in one go

responses = {int(status): status.phrase for status in HTTPStatus}
_WITH_BODY = ("PATCH", "POST", "PUT")
_IS_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_IS_NAME = re.compile(rb"[^:\s][^:\r\n]*").fullmatch
_IS_VALUE_BAD = re.compile(rb"\n(?![ \t])|\r(?![ \t\n])|\0").search
_IS_TARGET_BAD = re.compile("[\0-\x20\x7f]").search
_IS_HEX = re.compile(rb"[0-9A-Fa-f]{1,16}").fullmatch


class HTTPException(Exception):
    """Root of what goes wrong here, beside OSError."""


class NotConnected(HTTPException):
    """There is no connection, and `auto_open` is off."""


class InvalidURL(HTTPException):
    """A port or a target is none."""


class UnknownProtocol(HTTPException):
    """The server speaks another protocol."""

    def __init__(self, version):
        super().__init__(version)
        self.version = version


class UnknownTransferEncoding(HTTPException):
    """A body comes in a coding that nobody here knows."""


class IncompleteRead(HTTPException):
    """The connection ended within a body: `partial` is what came, `expected` how many bytes are missing, or None."""

    def __init__(self, partial, expected=None):
        super().__init__(partial)
        self.partial = partial
        self.expected = expected

    def __repr__(self):
        more = "" if self.expected is None else f", {self.expected} more expected"
        return f"IncompleteRead({len(self.partial)} bytes read{more})"

    def __str__(self):
        return repr(self)


class ImproperConnectionState(HTTPException):
    """A call came out of its turn."""


class CannotSendRequest(ImproperConnectionState):
    """The reply to the request before has not been read."""


class CannotSendHeader(ImproperConnectionState):
    """No request was begun, or its headers are complete."""


class ResponseNotReady(ImproperConnectionState):
    """No request was sent, or its reply was taken already."""


class BadStatusLine(HTTPException):
    """A reply does not begin as one: `line`."""

    def __init__(self, line):
        super().__init__(line or repr(line))
        self.line = line


class LineTooLong(HTTPException):
    """A line has more than `MAX_LINE` bytes."""

    def __init__(self, what):
        super().__init__(f"got more than {MAX_LINE} bytes when reading {what}")


class BodyTooLarge(HTTPException):
    """A body has more than `MAX_BODY` bytes: read it in pieces."""


class RemoteDisconnected(ConnectionResetError, BadStatusLine):
    """The server closed the connection instead of replying."""

    def __init__(self, *args):
        BadStatusLine.__init__(self, "")
        self.args = args


class HTTPMessage:
    """The headers of a request or reply, in their order. Names are alike whatever their case; one can come twice."""

    def __init__(self):
        self._fields = []  # (name, value)

    def __getitem__(self, name):
        return self.get(name)

    def __setitem__(self, name, value):
        self._fields.append((name, str(value)))

    def __delitem__(self, name):
        self._fields = [field for field in self._fields if field[0].lower() != name.lower()]

    def __contains__(self, name):
        return self.get(name) is not None

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self._fields)

    def __str__(self):
        return self.as_string()

    def as_string(self):
        """The headers as they are sent, with an empty line behind them, and newlines between."""
        return "".join(f"{name}: {value}\n" for name, value in self._fields) + "\n"

    def as_bytes(self):
        """As `as_string`, as bytes."""
        return self.as_string().encode("latin-1", "replace")

    def get(self, name, failobj=None):
        """The value of the first header of this name, or `failobj`."""
        wanted = name.lower()
        return next((value for one, value in self._fields if one.lower() == wanted), failobj)

    def get_all(self, name, failobj=None):
        """The values of all headers of this name, or `failobj`."""
        return [value for one, value in self._fields if one.lower() == name.lower()] or failobj

    def keys(self):
        """The names, as they were spelt."""
        return [name for name, _ in self._fields]

    def values(self):
        """The values."""
        return [value for _, value in self._fields]

    def items(self):
        """Pairs of names and values."""
        return list(self._fields)

    def add_header(self, name, value, **parameters):
        """Add a header, with parameters behind its value: `add_header("X", "a", b="c")` is `X: a; b="c"`."""
        parts = [value] if value is not None else []
        for key, setting in parameters.items():
            label = key.replace("_", "-")
            parts.append(label if setting is None else f'{label}="{_escaped(setting)}"')
        self[name] = "; ".join(parts)

    def replace_header(self, name, value):
        """Give the first header of this name another value. Raises KeyError if there is none."""
        for place, (one, _) in enumerate(self._fields):
            if one.lower() == name.lower():
                self._fields[place] = (one, str(value))
                return
        raise KeyError(name)

    def get_params(self, failobj=None, header="content-type", unquote=True):
        """The parts of a header between semicolons, as pairs; the first is the value itself. Or `failobj`."""
        value = self.get(header)
        if value is None:
            return failobj
        pairs = [part.partition("=")[::2] for part in _split_parameters(value)]
        return [(name.strip(), _unquoted(text.strip()) if unquote else text.strip()) for name, text in pairs]

    def get_param(self, param, failobj=None, header="content-type", unquote=True):
        """One of those parts, by its name; or `failobj`."""
        pairs = self.get_params([], header, unquote)
        return next((text for name, text in pairs if name.lower() == param.lower()), failobj)

    def get_filename(self, failobj=None):
        """The name that the sender has for the body; a sender can write anything here."""
        name = self.get_param("filename", None, "content-disposition")
        return self.get_param("name", failobj) if name is None else name

    def get_content_type(self):
        """The type of the body, such as `text/html`, in lower case; `text/plain` if there is none."""
        kind = self.get("content-type", "").partition(";")[0].strip().lower()
        return kind if kind.count("/") == 1 else "text/plain"

    def get_content_maintype(self):
        """The first half of the type."""
        return self.get_content_type().partition("/")[0]

    def get_content_subtype(self):
        """The second half of the type."""
        return self.get_content_type().partition("/")[2]

    def get_content_charset(self, failobj=None):
        """The encoding of a text, in lower case, or `failobj`."""
        charset = self.get_param("charset")
        return failobj if charset is None else charset.lower()


def _escaped(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _unquoted(text):
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _split_parameters(text):
    """The parts between semicolons, but not those within quotes."""
    return re.findall(r'(?:"(?:[^"\\]|\\[\s\S])*\\?(?:"|$)|[^";])+', text)


def parse_headers(fp, _class=HTTPMessage):
    """Read headers up to the empty line behind them. Raises LineTooLong, HTTPException for too many."""
    message, left = _class(), MAX_HEADER_BYTES
    fields = message._fields
    broken = False
    for _ in range(MAX_HEADERS + 1):
        line = _read_line(fp, "header line")
        left -= len(line)
        if left < 0:
            raise HTTPException(f"got headers of more than {MAX_HEADER_BYTES} bytes")
        text = line.rstrip(b"\r\n").decode("latin-1")
        if line in (b"\r\n", b"\n", b""):
            return message
        if text[:1] in (" ", "\t") and fields:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]}\r\n{text}")
            continue
        name, colon, value = text.partition(":")
        broken = broken or not colon or not _IS_TOKEN(name)
        if not broken:  # as Python's: what stands behind a line that is none does not count
            fields.append((name, value.strip(" \t")))
    raise HTTPException(f"got more than {MAX_HEADERS} headers")


def _read_line(file, what):
    line = file.readline(MAX_LINE + 1)
    if len(line) > MAX_LINE:
        raise LineTooLong(what)
    return line


class HTTPResponse:
    """A reply. `status` is a number, `reason` a text, `version` 10 or 11, and `headers` a HTTPMessage.

    It is a file of its body, and closes itself when that has been read.
    """

    def __init__(self, sock, debuglevel=0, method=None, url=None):
        self.fp = sock.makefile("rb")
        self.debuglevel = debuglevel
        self.headers = self.msg = None
        self.version = self.status = self.reason = self.code = None
        self.chunked = False
        self.chunk_left = None  # bytes of this chunk; None before the first and between them
        self.length = None  # bytes of the body that are still to come; None if the headers do not say
        self.will_close = None
        self._method = method
        if url is not None:
            self.url = url

    def begin(self):
        """Read the status and the headers."""
        if self.headers is not None:
            return
        version, status, reason = self._read_status()
        for _ in range(_MAX_CONTINUES):
            if status != HTTPStatus.CONTINUE:
                break
            parse_headers(self.fp)
            version, status, reason = self._read_status()
        else:
            raise HTTPException("got nothing but status 100")
        self.code = self.status = status
        self.reason = reason.strip()
        if version in ("HTTP/1.0", "HTTP/0.9"):
            self.version = 10
        elif version.startswith("HTTP/1."):
            self.version = 11
        else:
            raise UnknownProtocol(version)
        self.headers = self.msg = parse_headers(self.fp)
        self._measure()

    def _read_status(self):
        line = _read_line(self.fp, "status line").decode("latin-1")
        if not line:
            raise RemoteDisconnected("Remote end closed connection without response")
        version, status, reason = [*line.split(None, 2), "", "", ""][:3]
        if not version.startswith("HTTP/") or not re.fullmatch("[1-9][0-9][0-9]", status):
            self.close()
            raise BadStatusLine(line)
        return version, int(status), reason

    def _measure(self):
        """Find out how long the body is."""
        self.chunked = (self.headers.get("transfer-encoding") or "").lower() == "chunked"
        self.will_close = self._is_to_close()
        said = self.headers.get("content-length")
        if self.status in (204, 304) or 100 <= self.status < 200 or self._method == "HEAD":
            self.length = 0
            self.chunked = False
        elif said and not self.chunked and re.fullmatch("[0-9]{1,18}", said):
            self.length = int(said)
        if not self.will_close and not self.chunked and self.length is None:
            self.will_close = True

    def _is_to_close(self):
        said = (self.headers.get("connection") or "").lower()
        if self.version == 11:
            return "close" in said
        kept = self.headers.get("keep-alive") or "keep-alive" in said
        return not (kept or "keep-alive" in (self.headers.get("proxy-connection") or "").lower())

    def read(self, amt=None):
        """The next `amt` bytes of the body, fewer at its end; all of it without a number.

        Raises IncompleteRead when the connection ends before the body does, BodyTooLarge, and what a socket raises.
        """
        if self.fp is None:
            return b""
        if self.chunked:
            return self._read_chunked(amt)
        if amt is not None and amt >= 0:
            data = self.fp.read(amt if self.length is None else min(amt, self.length))
            if not data and amt:
                self._close_file()
            elif self.length is not None:
                self._took(len(data))
            return data
        if self.length is None:
            data = self.fp.read(MAX_BODY + 1)
        elif self.length > MAX_BODY:
            data = b""
        else:
            return self._read_all()
        if len(data) > MAX_BODY or self.length is not None:
            self.close()
            raise BodyTooLarge(f"the body has more than {MAX_BODY} bytes; read it in pieces")
        self._close_file()
        return data

    def _read_all(self):
        wanted = self.length
        data = self.fp.read(wanted)
        self.length = 0
        self._close_file()
        if len(data) < wanted:
            raise IncompleteRead(data, wanted - len(data))
        return data

    def _took(self, count):
        self.length -= count
        if not self.length:
            self._close_file()

    def read1(self, n=-1):
        """Some bytes of the body, at most `n`; nothing at its end."""
        if self.fp is None or n == 0:
            return b""
        if self.chunked:
            left = self._left_of_chunk()
            return b"" if left is None else self._from_chunk(min(left, _BLOCK if n < 0 else n), self.fp.read1)
        most = min(size for size in (self.length, _BLOCK if n < 0 else n) if size is not None)
        data = self.fp.read1(most)
        if not data:
            self._close_file()
        elif self.length is not None:
            self._took(len(data))
        return data

    def readinto(self, b):
        """Fill a bytearray; how many bytes there were."""
        data = self.read(len(b))
        b[: len(data)] = data
        return len(data)

    def readline(self, limit=-1):
        """The next line of the body, with its newline."""
        if self.fp is None:
            return b""
        if not self.chunked and self.length is None:
            line = self.fp.readline(limit)
            if not line and limit:
                self._close_file()
            return line
        if self.chunked:
            return self._chunked_line(limit)
        line = self.fp.readline(self.length if limit < 0 else min(limit, self.length))
        if line:
            self._took(len(line))
        elif limit:
            self._close_file()
        return line

    def _chunked_line(self, limit):
        line = bytearray()
        while (limit < 0 or len(line) < limit) and not line.endswith(b"\n"):
            left = self._left_of_chunk()
            if left is None:
                break
            line += self._from_chunk(left if limit < 0 else min(left, limit - len(line)), self.fp.readline)
        return bytes(line)

    def readlines(self, hint=-1):
        """The rest of the lines; about `hint` bytes of them."""
        lines, size = [], 0
        for line in self:
            lines.append(line)
            size += len(line)
            if 0 < hint <= size:
                break
        return lines

    def _left_of_chunk(self):
        """Bytes that are left of this chunk, or that the next one has; None at the end of the body."""
        if self.chunk_left is not None and self.chunk_left > 0:
            return self.chunk_left
        if self.chunk_left == 0:
            self._end_chunk()
        line = _read_line(self.fp, "chunk size")
        digits = line.partition(b";")[0].strip()
        if not _IS_HEX(digits):
            self.close()
            raise IncompleteRead(b"")
        self.chunk_left = int(digits, 16)
        if self.chunk_left:
            return self.chunk_left
        parse_headers(self.fp)  # a trailer, which nobody reads
        self._close_file()
        return None

    def _end_chunk(self):
        if self.fp.read(2) != b"\r\n":
            self.close()
            raise IncompleteRead(b"")
        self.chunk_left = None

    def _from_chunk(self, count, read):
        data = read(count)
        if not data and count:
            missing = self.chunk_left
            self.close()
            raise IncompleteRead(b"", missing)
        self.chunk_left -= len(data)
        return data

    def _read_chunked(self, amt):
        whole = amt is None or amt < 0
        data = bytearray()
        try:
            while whole or len(data) < amt:
                left = self._left_of_chunk()
                if left is None:
                    break
                if whole and len(data) + left > MAX_BODY:
                    self.close()
                    raise BodyTooLarge(f"the body has more than {MAX_BODY} bytes; read it in pieces")
                data += self._from_chunk(left if whole else min(left, amt - len(data)), self.fp.read)
        except IncompleteRead as short:
            raise IncompleteRead(bytes(data), short.expected) from None
        return bytes(data)

    def peek(self, n=-1):
        """What has come of the body already, and is not taken; nothing at its end."""
        left = self._left_of_chunk() if self.chunked and self.fp is not None else self.length
        return b"" if self.fp is None else self.fp.peek(n)[:left]

    def getheader(self, name, default=None):
        """The values of a header, with commas between; or `default`, whose items are joined so, too."""
        if self.headers is None:
            raise ResponseNotReady
        found = self.headers.get_all(name) or default
        return found if isinstance(found, str) or not hasattr(found, "append") else ", ".join(found)

    def getheaders(self):
        """All headers, as pairs."""
        if self.headers is None:
            raise ResponseNotReady
        return self.headers.items()

    def info(self):
        """The headers."""
        return self.headers

    def geturl(self):
        """Where the reply is from, if `urllib.request` has got it."""
        return self.url

    def getcode(self):
        """The status."""
        return self.status

    def isclosed(self):
        """Whether all of the body has been read."""
        return self.fp is None

    @property
    def closed(self):
        """Whether `close` was called."""
        return self._closed

    _closed = False

    def readable(self):
        """True."""
        return True

    def writable(self):
        """False."""
        return False

    def seekable(self):
        """False."""
        return False

    def flush(self):
        """Nothing."""

    def close(self):
        """Read no more."""
        self._closed = True
        self._close_file()

    def _close_file(self):
        if self.fp is not None:
            file, self.fp = self.fp, None
            file.close()

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()


_IDLE, _STARTED, _SENT = "Idle", "Request-started", "Request-sent"


class HTTPConnection:
    """A connection to a server, for one request after another.

    `host` may have a port: `"10.0.0.1:8000"`. `timeout` is in seconds, None for ever; without one it is
    `socket.getdefaulttimeout()`.
    """

    auto_open = 1
    default_port = HTTP_PORT
    debuglevel = 0
    response_class = HTTPResponse
    _http_vsn = 11
    _http_vsn_str = "HTTP/1.1"

    def __init__(self, host, port=None, timeout=None, source_address=None, blocksize=8192):
        self.timeout = timeout
        self.source_address = source_address
        self.blocksize = blocksize
        self.sock = None
        self.host, self.port = self._host_and_port(host, port)
        if _IS_TARGET_BAD(self.host):
            raise InvalidURL(f"URL can't contain control characters. {host!r}")
        self._buffer = []
        self._response = None
        self._state = _IDLE
        self._method = None

    def _host_and_port(self, host, port):
        if port is None:
            colon, bracket = host.rfind(":"), host.rfind("]")
            port = self.default_port
            if colon > bracket:
                try:
                    port = int(host[colon + 1 :] or port)
                except ValueError:
                    raise InvalidURL(f"nonnumeric port: '{host[colon + 1 :]}'") from None
                host = host[:colon]
        return host[1:-1] if host[:1] == "[" and host[-1:] == "]" else host, port

    def set_debuglevel(self, level):
        """Nothing: there is no debugging output."""

    def connect(self):
        """Connect, which a request does by itself. Raises OSError."""
        patience = {} if self.timeout is None else {"timeout": self.timeout}
        self.sock = socket.create_connection((self.host, self.port), source_address=self.source_address, **patience)

    def close(self):
        """Close the connection; the next request makes another."""
        self._state = _IDLE
        sock, self.sock = self.sock, None
        if sock is not None:
            sock.close()
        response, self._response = self._response, None
        if response is not None:
            response.close()

    def request(self, method, url, body=None, headers=None, *, encode_chunked=False):
        """Send a request.

        `body` is bytes, a text (Latin-1), a file, or an iterable of bytes. What has no length is sent in chunks,
        unless `headers` has a Content-Length. Raises OSError, ValueError for what can't be sent.
        """
        headers = headers or {}
        given = {name.lower() for name in headers}
        self.putrequest(method, url, skip_host="host" in given, skip_accept_encoding="accept-encoding" in given)
        if "content-length" in given:
            encode_chunked = False
        elif "transfer-encoding" not in given:
            length = _length_of(body, method)
            encode_chunked = length is None and body is not None
            if encode_chunked:
                self.putheader("Transfer-Encoding", "chunked")
            elif length is not None:
                self.putheader("Content-Length", str(length))
        for name, value in headers.items():
            self.putheader(name, value)
        self.endheaders(body.encode("latin-1") if isinstance(body, str) else body, encode_chunked=encode_chunked)

    def putrequest(self, method, url, skip_host=False, skip_accept_encoding=False):
        """Begin a request. Raises CannotSendRequest, ValueError, InvalidURL."""
        if self._response is not None and self._response.isclosed():
            self._response = None
        if self._state != _IDLE:
            raise CannotSendRequest(self._state)
        url = url or "/"
        if not _IS_TOKEN(method):
            raise ValueError(f"method can't contain control characters. {method!r}")
        if _IS_TARGET_BAD(url):
            raise InvalidURL(f"URL can't contain control characters. {url!r}")
        self._state, self._method = _STARTED, method
        self._buffer.append(f"{method} {url} {self._http_vsn_str}".encode("ascii"))
        if self._http_vsn != 11:
            return
        if not skip_host:
            self.putheader("Host", self._host_header(url))
        if not skip_accept_encoding:
            self.putheader("Accept-Encoding", "identity")

    def _host_header(self, url):
        netloc = urlsplit(url).netloc if url.startswith("http") else ""
        if not netloc:
            host = f"[{self.host}]" if ":" in self.host else self.host
            netloc = host if self.port == self.default_port else f"{host}:{self.port}"
        return netloc if netloc.isascii() else netloc.encode("idna")

    def putheader(self, header, *values):
        """Add a header to the request. Raises CannotSendHeader, ValueError for what is none."""
        if self._state != _STARTED:
            raise CannotSendHeader
        name = header if isinstance(header, bytes) else header.encode("ascii")
        if not _IS_NAME(name):
            raise ValueError(f"Invalid header name {name!r}")
        texts = [one if isinstance(one, bytes) else str(one).encode("latin-1") for one in values]
        for text in texts:
            if _IS_VALUE_BAD(text):
                raise ValueError(f"Invalid header value {text!r}")
        self._buffer.append(name + b": " + b"\r\n\t".join(texts))

    def endheaders(self, message_body=None, *, encode_chunked=False):
        """Send the headers, and the body if there is one."""
        if self._state != _STARTED:
            raise CannotSendHeader
        self._state = _SENT
        head = b"\r\n".join([*self._buffer, b"", b""])
        self._buffer.clear()
        if isinstance(message_body, (bytes, bytearray)) and not encode_chunked and len(message_body) < _BLOCK:
            self.send(head + message_body)
            return
        self.send(head)
        if message_body is None:
            return
        for piece in self._pieces(message_body):
            if piece:
                self.send(b"%x\r\n%b\r\n" % (len(piece), piece) if encode_chunked else piece)
        if encode_chunked:
            self.send(b"0\r\n\r\n")

    def _pieces(self, body):
        if isinstance(body, (bytes, bytearray)):
            yield body
        elif hasattr(body, "read"):
            while data := body.read(self.blocksize):
                yield data.encode("latin-1") if isinstance(data, str) else data
        else:
            try:
                pieces = iter(body)
            except TypeError:
                kind = type(body).__name__
                raise TypeError(f"message_body should be a bytes-like object or an iterable, got {kind}") from None
            yield from pieces

    def send(self, data):
        """Send bytes, a file or an iterable as they are. Raises NotConnected, OSError."""
        if self.sock is None:
            if not self.auto_open:
                raise NotConnected
            self.connect()
        for piece in self._pieces(data):
            self.sock.sendall(piece)

    def getresponse(self):
        """The reply, as soon as its headers are there. Raises ResponseNotReady, HTTPException, OSError."""
        if self._response is not None and self._response.isclosed():
            self._response = None
        if self._state != _SENT or self._response is not None:
            raise ResponseNotReady(self._state)
        response = self.response_class(self.sock, method=self._method)
        try:
            response.begin()
        except ConnectionError:
            self.close()
            response.close()
            raise
        except BaseException:
            response.close()
            raise
        self._state = _IDLE
        if response.will_close:
            self.close()  # the reply holds the connection until it has been read
        else:
            self._response = response
            if response.length == 0 and not response.chunked:
                response._close_file()
        return response


def _length_of(body, method):
    """Bytes of a body; None if it does not say."""
    if body is None:
        return 0 if method.upper() in _WITH_BODY else None
    if hasattr(body, "read"):
        return None
    return len(body) if isinstance(body, (str, bytes, bytearray)) else None
