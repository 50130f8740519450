"""HTTP servers, as Python's `http.server` has them.

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

    http.server.ThreadingHTTPServer(("", 0), Handler).serve_forever()

Clients are not trusted: a request line or header has at most 65,536 bytes, a request at most 100 headers, and a client
that says nothing for `timeout` seconds (60, where Python waits for ever) is hung up on. A body is the handler's to
read, and to bound.

`SimpleHTTPRequestHandler` serves the vessel's files, which have no folders and no dates.

Missing: for this reason `Last-Modified` and `If-Modified-Since`, and its `directory`; `CGIHTTPRequestHandler` (a vessel
runs no other programs); TLS. Requests are told to the log, where `sys.stderr` would be Python's place.
"""

import html
import mimetypes
import socketserver
import time
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage, LineTooLong, parse_headers
from urllib.parse import quote, unquote, urlsplit

DEFAULT_ERROR_MESSAGE = """<!DOCTYPE HTML>
<html lang="en">
<head><meta charset="utf-8"><title>Error response</title></head>
<body>
<h1>Error response</h1>
<p>Error code: %(code)d</p>
<p>Message: %(message)s.</p>
<p>Error code explanation: %(code)s - %(explain)s.</p>
</body>
</html>
"""
DEFAULT_ERROR_CONTENT_TYPE = "text/html;charset=utf-8"
_MAX_LINE = 65536  # bytes
_BLOCK = 2**16  # bytes of a file that are sent in one go
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_VISIBLE = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {ord("\\"): "\\\\"}


class HTTPServer(socketserver.TCPServer):
    """A server that serves one connection after another. `server_name` and `server_port` say where it is."""

    allow_reuse_address = True

    def server_bind(self):
        """Take the address."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


class ThreadingHTTPServer(socketserver.ThreadingMixIn, HTTPServer):
    """A server with a thread for each connection."""

    daemon_threads = True


class BaseHTTPRequestHandler(socketserver.StreamRequestHandler):
    """Serves a connection: calls `do_GET`, `do_POST` and so on, which a class defines.

    They find `command`, `path` (with its query), `request_version`, `headers` (a HTTPMessage), `rfile` and `wfile`.
    With `protocol_version = "HTTP/1.1"` a connection is kept, and each reply needs a Content-Length.
    """

    timeout = 60
    server_version = "BaseHTTP/0.6"
    sys_version = "Repy/3"
    error_message_format = DEFAULT_ERROR_MESSAGE
    error_content_type = DEFAULT_ERROR_CONTENT_TYPE
    default_request_version = "HTTP/0.9"
    protocol_version = "HTTP/1.0"
    weekdayname = _DAYS
    monthname = (None, *_MONTHS[1:])
    MessageClass = HTTPMessage
    responses = {status: (status.phrase, status.description) for status in HTTPStatus}

    def handle(self):
        """Serve one request after another, as long as the connection is kept."""
        self.close_connection = True
        self.handle_one_request()
        while not self.close_connection:
            self.handle_one_request()

    def handle_one_request(self):
        """Read one request, and serve it."""
        self.command, self.request_version, self.requestline = None, "", ""
        try:
            self.raw_requestline = self.rfile.readline(_MAX_LINE + 1)
            if len(self.raw_requestline) > _MAX_LINE:
                self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
                return
            if not self.raw_requestline:
                self.close_connection = True
                return
            if self.parse_request():
                self._serve()
                self.wfile.flush()
        except TimeoutError as why:
            self.log_error("Request timed out: %r", why)
            self.close_connection = True

    def _serve(self):
        serve = getattr(self, "do_" + self.command, None) if self.command.isidentifier() else None
        if serve is None:
            self.send_error(HTTPStatus.NOT_IMPLEMENTED, f"Unsupported method ({self.command!r})")
        else:
            serve()

    def parse_request(self):
        """Understand the request line and the headers; False when an error has been sent for them."""
        self.command = None
        self.request_version = version = self.default_request_version
        self.close_connection = True
        self.requestline = self.raw_requestline.decode("latin-1").rstrip("\r\n")
        words = self.requestline.split()
        if not words:
            return False
        if len(words) >= 3:
            version = words[-1]
            number = _version(version)
            if number is None:
                self.send_error(HTTPStatus.BAD_REQUEST, f"Bad request version ({version!r})")
                return False
            if number >= (2, 0):
                self.send_error(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, f"Invalid HTTP version ({version[5:]})")
                return False
            self.close_connection = number < (1, 1) or self.protocol_version < "HTTP/1.1"
            self.request_version = version
        if not 2 <= len(words) <= 3:
            self.send_error(HTTPStatus.BAD_REQUEST, f"Bad request syntax ({self.requestline!r})")
            return False
        self.command, self.path = words[:2]
        if len(words) == 2 and self.command != "GET":
            self.send_error(HTTPStatus.BAD_REQUEST, f"Bad HTTP/0.9 request type ({self.command!r})")
            return False
        if self.path.startswith("//"):
            self.path = "/" + self.path.lstrip("/")  # else a redirection to it would lead to another server
        return self._read_headers()

    def _read_headers(self):
        try:
            self.headers = parse_headers(self.rfile, _class=self.MessageClass)
        except LineTooLong as why:
            self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Line too long", str(why))
            return False
        except HTTPException as why:
            self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Too many headers", str(why))
            return False
        wanted = self.headers.get("Connection", "").lower()
        if wanted == "close":
            self.close_connection = True
        elif wanted == "keep-alive" and self.protocol_version >= "HTTP/1.1":
            self.close_connection = False
        expected = self.headers.get("Expect", "").lower()
        if expected == "100-continue" and self.protocol_version >= "HTTP/1.1" and self.request_version >= "HTTP/1.1":
            return self.handle_expect_100()
        return True

    def handle_expect_100(self):
        """Tell a client to go on and send its body; False to have nothing more done for the request."""
        self.send_response_only(HTTPStatus.CONTINUE)
        self.end_headers()
        return True

    def send_error(self, code, message=None, explain=None):
        """Reply with an error and a page about it, and close the connection."""
        short, long = self.responses.get(code, ("???", "???"))
        message = short if message is None else message
        explain = long if explain is None else explain
        self.log_error("code %d, message %s", code, message)
        self.send_response(code, message)
        self.send_header("Connection", "close")
        body = None
        if code >= 200 and code not in (HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED):
            page = self.error_message_format % {
                "code": code,
                "message": html.escape(message, quote=False),
                "explain": html.escape(explain, quote=False),
            }
            body = page.encode("utf-8", "replace")
            self.send_header("Content-Type", self.error_content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body and self.command != "HEAD":
            self.wfile.write(body)

    def send_response(self, code, message=None):
        """Begin a reply, with the headers Server and Date; and tell the log."""
        self.log_request(code)
        self.send_response_only(code, message)
        self.send_header("Server", self.version_string())
        self.send_header("Date", self.date_time_string())

    def send_response_only(self, code, message=None):
        """Begin a reply."""
        if self.request_version == "HTTP/0.9":
            return
        if message is None:
            message = self.responses.get(code, ("", ""))[0]
        self._add(f"{self.protocol_version} {int(code)} {_one_line(message)}")

    def send_header(self, keyword, value):
        """Add a header to the reply. Raises ValueError for one that would be several."""
        if self.request_version != "HTTP/0.9":
            line = f"{keyword}: {value}"
            if _one_line(line) != line:
                raise ValueError(f"a header is one line; this is none: {line!r}")
            self._add(line)
        if keyword.lower() == "connection":
            if value.lower() == "close":
                self.close_connection = True
            elif value.lower() == "keep-alive":
                self.close_connection = False

    def _add(self, line):
        self._headers_buffer.append(f"{line}\r\n".encode("latin-1", "strict"))

    def setup(self):
        """Make the files."""
        super().setup()
        self._headers_buffer = []

    def end_headers(self):
        """Send the headers."""
        if self.request_version != "HTTP/0.9":
            self._headers_buffer.append(b"\r\n")
            self.flush_headers()

    def flush_headers(self):
        """Send what there is of the headers."""
        lines, self._headers_buffer = self._headers_buffer, []
        self.wfile.write(b"".join(lines))

    def log_request(self, code="-", size="-"):
        """Tell the log about a request that was served."""
        code = code.value if isinstance(code, HTTPStatus) else code
        self.log_message('"%s" %s %s', self.requestline, str(code), str(size))

    def log_error(self, format, *args):
        """Tell the log about a request that could not be served."""
        self.log_message(format, *args)

    def log_message(self, format, *args):
        """Tell the log something, with whose request it was and when."""
        text = (format % args).translate(_VISIBLE)
        log(f"{self.address_string()} - - [{self.log_date_time_string()}] {text}\n")

    def version_string(self):
        """What the header Server says."""
        return f"{self.server_version} {self.sys_version}"

    def date_time_string(self, timestamp=None):
        """A time, in seconds since 1970, as headers have it; now without one."""
        year, month, day, hour, minute, second, weekday = time.gmtime(timestamp)[:7]
        return f"{_DAYS[weekday]}, {day:02} {_MONTHS[month]} {year:04} {hour:02}:{minute:02}:{second:02} GMT"

    def log_date_time_string(self):
        """Now, as the log has it."""
        year, month, day, hour, minute, second = time.localtime(time.time())[:6]
        return f"{day:02}/{_MONTHS[month]}/{year:04} {hour:02}:{minute:02}:{second:02}"

    def address_string(self):
        """The client's address."""
        return self.client_address[0]


def _version(text):
    """`(1, 1)` for `HTTP/1.1`; None for what is none."""
    major, dot, minor = text.removeprefix("HTTP/").partition(".")
    numbers = (major, minor)
    if not text.startswith("HTTP/") or not dot or not all(one.isascii() and one.isdigit() for one in numbers):
        return None
    return (int(major), int(minor)) if max(map(len, numbers)) <= 10 else None


def _one_line(text):
    return text.replace("\r", " ").replace("\n", " ")


class SimpleHTTPRequestHandler(BaseHTTPRequestHandler):
    """Serves the files of the vessel to GET and HEAD: `/NAME`, and for `/` index.html or a list of all."""

    server_version = "SimpleHTTP/0.6"
    index_pages = ("index.html", "index.htm")
    extensions_map = {".gz": "application/gzip", ".z": "application/octet-stream", ".bz2": "application/x-bzip2"}

    def do_GET(self):
        """Send a file."""
        file = self.send_head()
        if file is not None:
            with file:
                self.copyfile(file, self.wfile)

    def do_HEAD(self):
        """Send the headers for a file."""
        file = self.send_head()
        if file is not None:
            file.close()

    def send_head(self):
        """Send the headers, and return the file to be sent; None if there is none, and all is sent."""
        name = self.translate_path(self.path)
        if not name:
            index = next((page for page in self.index_pages if page in listfiles()), None)
            if index is None:
                return self.list_directory(name)
            name = index
        if name not in listfiles():
            self.send_error(HTTPStatus.NOT_FOUND, "File not found")
            return None
        try:
            file = open(name, "rb")  # noqa: SIM115 - the caller closes it
        except (OSError, RepyException):
            self.send_error(HTTPStatus.NOT_FOUND, "File not found")
            return None
        self._send_head(self.guess_type(name), file.seek(0, 2))
        file.seek(0)
        return file

    def _send_head(self, kind, size):
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-type", kind)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def list_directory(self, path):
        """Send a page that names all files."""
        names = sorted(listfiles(), key=str.lower)
        rows = "".join(f'<li><a href="{quote(name)}">{html.escape(name, quote=False)}</a></li>\n' for name in names)
        page = (
            '<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            "<title>Directory listing for /</title>\n"
            "</head>\n<body>\n<h1>Directory listing for /</h1>\n<hr>\n"
            f"<ul>\n{rows}</ul>\n<hr>\n</body>\n</html>\n"
        ).encode()
        self._send_head("text/html; charset=utf-8", len(page))
        if self.command != "HEAD":
            self.wfile.write(page)

    def translate_path(self, path):
        """The name of the file that a path stands for; an empty one for the list of all."""
        return unquote(urlsplit(path).path, errors="replace").lstrip("/")

    def copyfile(self, source, outputfile):
        """Send a file."""
        while data := source.read(_BLOCK):
            outputfile.write(data)

    def guess_type(self, path):
        """The type of a file, by the end of its name."""
        dot = path.rfind(".")
        extension = path[dot:].lower() if dot >= 0 else ""
        return self.extensions_map.get(extension) or mimetypes.guess_type(path)[0] or "application/octet-stream"
