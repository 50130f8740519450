"""Serve HTTP with a function: it is called with each request, a dict, and returns the reply, a dict.

    def hello(request):
        return {"version": "1.1", "statuscode": 200, "statusmsg": "OK", "headers": {}, "message": "hello"}

    handle = register_callback(("127.0.0.1", 63100), hello)

A request has `verb`, `path`, `querystr`, `querydict` (the last value of each name), `version` ("1.0" or "1.1"),
`headers` (lists of values by name), `datastream` (`read(size)`, `get_trailers()`), `httpdid`, `remoteipstr` and
`remoteportnum`. A reply has `version` ("0.9", "1.0", "1.1"), `statuscode`, `statusmsg`, `headers` (a dict of texts) and
`message`: text, bytes or a file. A reply that is none, or an exception, becomes a status 500, which the log is told of.

Requests are served in threads of their own. See `http.server` for Python's way, and for the bounds that hold here, too.
"""

import threading
from http.client import HTTPException, parse_headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_BODY = 2**22  # bytes of a body that is read without a size
_BLOCK = 2**16  # bytes
_MAX_SIZE_LINE = 1000  # bytes
_WITHOUT_BODY = ("GET", "HEAD", "TRACE", "DELETE")
_TYPES = {"version": str, "statuscode": int, "statusmsg": str, "headers": dict}

_servers = {}  # by their ids
_changing = threading.Lock()


def register_callback(address, callback):
    """Serve at `(ip, port)`; an id for `stop_callback`. Raises OSError when the address can't be had."""
    server = ThreadingHTTPServer(address, _Handler)
    server.callback = callback
    with _changing:
        server.number = max(_servers, default=0) + 1
        _servers[server.number] = server
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    return server.number


def stop_callback(number):
    """Serve no more. Raises ValueError for an id that is none, or was stopped."""
    with _changing:
        server = _servers.pop(number, None)
    if server is None:
        raise ValueError(f"nothing is served under the id {number!r}")
    server.shutdown()
    server.server_close()


def address_of(number):
    """`(ip, port)` where it serves, which says more than `register_callback` was told for a port 0."""
    return _servers[number].server_address


class _Refused(Exception):
    """A request that the callback does not see: `args` are the status and why."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self):
        try:
            body = self._body()
        except _Refused as why:
            self.send_error(*why.args)
            return
        try:
            reply = _checked(self.server.callback(self._request(body)))
        except Exception:
            log(f"the callback of an HTTP server failed:\n{getlasterror()}\n")
            self.send_error(500)
            return
        if not body.is_read():
            self.close_connection = True
        self._send(reply)

    def _request(self, body):
        parts = urlsplit(self.path)
        headers = {}
        for name, value in self.headers.items():
            headers.setdefault(name, []).append(value)
        return {
            "verb": self.command,
            "path": unquote(parts.path),
            "querystr": parts.query,
            "querydict": dict(parse_qsl(parts.query, keep_blank_values=True)),
            "version": "1.1" if self.request_version == "HTTP/1.1" else "1.0",
            "datastream": body,
            "headers": headers,
            "httpdid": self.server.number,
            "remoteipstr": self.client_address[0],
            "remoteportnum": self.client_address[1],
        }

    def _body(self):
        coding, length = self.headers.get("transfer-encoding"), self.headers.get("content-length")
        if coding is not None and coding.lower() not in ("chunked", "identity"):
            raise _Refused(501, "this transfer coding is not known here")
        if length is not None and not (length.isascii() and length.isdigit() and len(length) <= 18):
            raise _Refused(400, "the length is no number")
        chunked = coding is not None and coding.lower() == "chunked"
        if chunked and length is not None:
            raise _Refused(400, "the body has two lengths")
        if self.command in _WITHOUT_BODY:
            if chunked or int(length or 0):
                raise _Refused(400, "this method takes no body")
            length = "0"
        if length is None and not chunked:
            raise _Refused(411, "the length is missing")
        return _Body(self.rfile, None if chunked else int(length))

    def _send(self, reply):
        message, version = reply["message"], reply["version"]
        message = message.encode() if isinstance(message, str) else message
        if version == "0.9":
            self.request_version = "HTTP/0.9"
        chunked = not isinstance(message, bytes) and version == "1.1" and self.request_version == "HTTP/1.1"
        if version != "1.1":
            self.close_connection = True
        self.protocol_version = "HTTP/1.0" if version == "1.0" else "HTTP/1.1"
        self.send_response_only(reply["statuscode"], reply["statusmsg"])
        for name, value in reply["headers"].items():
            if name.lower() not in ("content-length", "transfer-encoding"):
                self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif isinstance(message, bytes):
            self.send_header("Content-Length", str(len(message)))
        else:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self._send_message(message, chunked)

    def _send_message(self, message, chunked):
        if isinstance(message, bytes):
            self.wfile.write(message)
            return
        while data := message.read(_BLOCK):
            data = data.encode() if isinstance(data, str) else data
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format, *args):
        pass


def _checked(reply):
    for name, kind in _TYPES.items():
        if not isinstance(reply[name], kind):
            raise TypeError(f"the reply's {name!r} has to be a {kind.__name__}")
    if reply["version"] not in ("0.9", "1.0", "1.1") or not 100 <= reply["statuscode"] <= 999:
        raise ValueError("the reply's version or status is none")
    if not all(isinstance(one, str) and one.isprintable() for pair in reply["headers"].items() for one in pair):
        raise ValueError("the reply's headers have to be printable texts")
    message = reply["message"]
    if not isinstance(message, (str, bytes)) and not hasattr(message, "read"):
        raise TypeError("the reply's 'message' has to be text, bytes or a file")
    return reply


class _Body:
    """The body of a request; `left` is how many bytes of it, or of this chunk, are to come. None: a chunk's size is."""

    def __init__(self, file, length):
        self._file, self._left, self._chunked = file, length, length is None
        self._ended = length == 0
        self._trailers = {}

    def is_read(self):
        return self._ended

    def read(self, size=None):
        """The next `size` bytes, fewer at the end; without a size all of them, but no more than `MAX_BODY`."""
        data = bytearray()
        while not self._ended and (size is None or len(data) < size):
            if self._left is None:
                self._begin_chunk()
                continue
            if size is None and len(data) + self._left > MAX_BODY:
                raise HTTPException(f"the body has more than {MAX_BODY} bytes; read it in pieces")
            piece = self._file.read(min(self._left, _BLOCK if size is None else size - len(data)))
            if not piece:
                raise HTTPException("the connection ended within a body")
            data += piece
            self._took(len(piece))
        return bytes(data)

    def get_trailers(self):
        """The headers that came behind the body, as `headers`."""
        return self._trailers

    def _took(self, count):
        self._left -= count
        if self._left == 0 and self._chunked:
            self._left = None
            if self._file.read(2) != b"\r\n":
                raise HTTPException("a chunk does not end where it should")
        elif self._left == 0:
            self._ended = True

    def _begin_chunk(self):
        digits = self._file.readline(_MAX_SIZE_LINE).partition(b";")[0].strip()
        if not digits.isalnum() or len(digits) > 16:
            raise HTTPException("the size of a chunk is none")
        self._left = int(digits, 16)
        if self._left == 0:
            self._ended = True
            for name, value in parse_headers(self._file).items():
                self._trailers.setdefault(name, []).append(value)


httpserver_registercallback = register_callback
httpserver_stopcallback = stop_callback
