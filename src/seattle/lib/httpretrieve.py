"""Fetch what is behind an `http:` URL: `get("http://...")` returns its bytes.

Redirections are followed, at most `MAX_REDIRECTIONS`; a body has at most `MAX_BODY` bytes.

Missing: `https:` (Repy has no TLS). See `urllib.request` for Python's way to do the same.
"""

from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode, urljoin, urlsplit

MAX_REDIRECTIONS = 10
MAX_BODY = 2**23  # bytes
_BLOCK = 2**16  # bytes
_REDIRECTIONS = (301, 302, 303, 307)


class HttpConnectionError(RepyException):
    """There is no connection to the server, or it broke."""


class HttpTimeoutError(HttpConnectionError, TimeoutError):
    """The server did not say anything in time."""


class HttpBrokenServerError(RepyException):
    """What the server says is no HTTP, or leads nowhere."""


class Reply:
    """A server's reply, a file of its body.

    `headers` has a list of values for each name, and `httpstatus` is `(version, status, reason)`: `("1.1", 200, "OK")`.
    """

    def __init__(self, connection, response):
        self._connection, self._response = connection, response
        self.httpstatus = f"{response.version / 10}", response.status, response.reason
        self.headers = {}
        for name, value in response.getheaders():
            self.headers.setdefault(name, []).append(value)

    def read(self, limit=None, timeout=None):
        """The next `limit` bytes, fewer at the end; all of them without a limit, but no more than `MAX_BODY`.

        `timeout` is in seconds. Raises HttpConnectionError, HttpBrokenServerError.
        """
        if timeout is not None and self._connection.sock is not None:
            self._connection.sock.settimeout(timeout)
        data = _asked(self._response.read, MAX_BODY + 1 if limit is None else limit)
        if limit is None and len(data) > MAX_BODY:
            self.close()
            raise HttpBrokenServerError(f"the body has more than {MAX_BODY} bytes; read it in pieces")
        if limit is None and self._response.length:
            raise HttpBrokenServerError(f"the connection ended {self._response.length} bytes before the body's end")
        return data

    def close(self):
        """Read no more."""
        self._response.close()
        self._connection.close()


def open_url(url, querydata=None, postdata=None, httpheaders=None, proxy=None, timeout=5):
    """Ask for a URL, and return the Reply, whatever its status.

    `querydata` and `postdata` are dicts, for forms, or texts, which are sent as they are; the second makes it a POST.
    `proxy` is `(host, port)`, `timeout` in seconds. Raises ValueError for a URL that can't be asked for,
    HttpConnectionError, HttpBrokenServerError.
    """
    headers = {"User-Agent": "seattlelib/2", **(httpheaders or {})}
    query = _form(querydata)
    body = _form(postdata)
    if isinstance(postdata, dict):
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    if query:
        url += ("&" if "?" in url else "?") + query.decode("latin-1")
    for _ in range(MAX_REDIRECTIONS + 1):
        reply = _ask(url, body, headers, proxy, timeout)
        place = reply.headers.get("Location") or reply.headers.get("location")
        if reply.httpstatus[1] not in _REDIRECTIONS or not place:
            return reply
        reply.close()
        new = urljoin(url, place[0])
        if urlsplit(new).scheme != "http":
            raise HttpBrokenServerError(f"the server leads to {new[:200]!r}, which is no http: URL")
        if urlsplit(new).netloc != urlsplit(url).netloc:
            headers = {name: one for name, one in headers.items() if name.lower() not in ("authorization", "cookie")}
        headers = {name: one for name, one in headers.items() if not name.lower().startswith("content-")}
        url, body = new, None
    raise HttpBrokenServerError(f"the server redirects more than {MAX_REDIRECTIONS} times")


def get(url, querydata=None, postdata=None, httpheaders=None, proxy=None, timeout=30):
    """The bytes behind a URL. Takes and raises what `open_url` does."""
    reply = open_url(url, querydata, postdata, httpheaders, proxy, timeout)
    try:
        return reply.read()
    finally:
        reply.close()


def save_file(url, filename, querydata=None, postdata=None, httpheaders=None, proxy=None, timeout=30):
    """Put the bytes behind a URL into a file of the vessel. Takes and raises what `open_url` and `open` do."""
    reply = open_url(url, querydata, postdata, httpheaders, proxy, timeout)
    try:
        with open(filename, "wb") as file:
            while data := reply.read(_BLOCK):
                file.write(data)
    finally:
        reply.close()


def get_text(url, querydata=None, postdata=None, httpheaders=None, proxy=None, timeout=30):
    """The text behind a URL, which has to be UTF-8; what is not becomes a mark. As `get`."""
    return get(url, querydata, postdata, httpheaders, proxy, timeout).decode("utf-8", "replace")


def _form(data):
    if data is None or isinstance(data, bytes):
        return data
    return (urlencode(data) if isinstance(data, dict) else data).encode()


def _ask(url, body, headers, proxy, timeout):
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"this is no http: URL: {url[:200]!r}")
    target = url.partition("#")[0] if proxy else (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host, port = proxy or (parts.hostname, parts.port or 80)
    connection = HTTPConnection(host, port, timeout=timeout)
    headers = {"Host": parts.netloc.rpartition("@")[2], "Connection": "close", **headers}
    try:
        _asked(connection.request, "GET" if body is None else "POST", target, body, headers)
        return Reply(connection, _asked(connection.getresponse))
    except BaseException:
        connection.close()
        raise


def _asked(call, *args):
    try:
        return call(*args)
    except TimeoutError as why:
        raise HttpTimeoutError(f"the server did not answer in time: {why}") from None
    except HTTPException as why:
        raise HttpBrokenServerError(f"the server's reply is none: {type(why).__name__} {why}") from None
    except OSError as why:
        raise HttpConnectionError(f"there is no connection to the server: {why}") from None


httpretrieve_open = open_url
httpretrieve_get_string = get_text
httpretrieve_save_file = save_file
