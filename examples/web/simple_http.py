"""As much HTTP as the web server and the chat pages need: one request a connection, 200, 400 and 404, no patience.

    serve(ip, port, answer)     # never returns

`answer(request)` gives (status, content type, body) for a Request that was understood. Whoever has not sent a whole
request after five seconds is cut off without a word.
"""

import socketserver
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

PATIENCE = 5.0  # seconds for a whole request
LONGEST = 8192  # bytes of a request's head, and of its body
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found"}


class BadRequestError(Exception):
    """This is no request, or none that we take."""


@dataclass(frozen=True)
class Request:
    """What a browser asks for."""

    method: str  # GET or POST
    path: str  # as it was meant, begins with /
    fields: dict  # of the query, or of the form that was posted


def parse_head(head):
    """Method, target and headers of a request's head. Raises BadRequestError."""
    try:
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, version = first.split(" ")
    except ValueError:
        raise BadRequestError("the first line is not METHOD TARGET VERSION") from None
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequestError("a header is not NAME: VALUE")
        headers[name.lower()] = value.strip()
    if version not in ("HTTP/1.0", "HTTP/1.1") or method not in ("GET", "POST"):
        raise BadRequestError("this server knows GET and POST of HTTP/1.0 and 1.1")
    if version == "HTTP/1.1" and "host" not in headers:
        raise BadRequestError("HTTP/1.1 wants a Host header")
    return method, target, headers


def parse_target(target):
    """Path and query of what was asked for; a whole address is fine, too. Raises BadRequestError."""
    if target.lower().startswith("http://"):
        target = "/" + target[len("http://") :].partition("/")[2]
    if not target.startswith("/"):
        raise BadRequestError("the target has to begin with /")
    path, _mark, query = target.partition("?")
    return unquote(path), query


class Handler(socketserver.BaseRequestHandler):
    """One connection, and its one request."""

    def setup(self):
        self.ends = time.monotonic() + PATIENCE
        self.heard = b""

    def handle(self):
        try:
            request = self.read_request()
            status, kind, body = self.server.answer(request)
        except BadRequestError as why:
            status, kind, body = 400, "text/plain", f"{why}\n"
        except (TimeoutError, ConnectionError):
            return  # too slow, or gone
        self.reply(status, kind, body.encode() if isinstance(body, str) else body)

    def read_request(self):
        self.read_until(lambda: b"\r\n\r\n" in self.heard, LONGEST)
        head, _blank, self.heard = self.heard.partition(b"\r\n\r\n")
        method, target, headers = parse_head(head)
        path, query = parse_target(target)
        if method == "POST":
            length = headers.get("content-length", "")
            if not length.isdecimal() or int(length) > LONGEST:
                raise BadRequestError("a POST needs a Content-Length, and not too large a one")
            self.read_until(lambda: len(self.heard) >= int(length), 2 * LONGEST)
            query = self.heard[: int(length)].decode("latin-1")
        return Request(method, path, dict(parse_qsl(query, keep_blank_values=True)))

    def read_until(self, is_enough, longest):
        while not is_enough():
            if len(self.heard) > longest:
                raise BadRequestError("the request is too long")
            left = self.ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("the request is not whole")
            self.request.settimeout(left)
            data = self.request.recv(1024)
            if not data:
                raise ConnectionError("the browser has gone")
            self.heard += data

    def reply(self, status, kind, body):
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        try:
            self.request.settimeout(PATIENCE)
            self.request.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
        except (TimeoutError, ConnectionError):
            pass  # the browser does not want it any more


def serve(ip, port, answer):
    """Answer every request at this address, several at the same time. Never returns."""
    with socketserver.ThreadingTCPServer((ip, port), Handler) as server:
        server.answer = answer
        server.daemon_threads = True
        server.serve_forever()
