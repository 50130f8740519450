"""Open URLs, as Python's `urllib.request` does: `urlopen("http://...").read()`.

A request passes handlers, which `build_opener` puts together: it follows at most 10 redirections, and no URL more than
4 times; passwords are for the server that they were added for. The limits of `http.client` hold for replies.

Missing: `https:` (Repy has no TLS), `ftp:` and `file:` (open the vessel's own files by name), cookies that are kept
(`http.cookiejar`), digest authentication, and proxies from the environment, since there is none: a `ProxyHandler` names
them. `urlretrieve` takes the name of a file, and `urlcleanup` has nothing to clean.
"""

import base64
import re
from http.client import HTTPConnection, HTTPMessage
from io import BytesIO
from urllib.error import ContentTooShortError, HTTPError, URLError
from urllib.parse import quote, unquote, unquote_to_bytes, urljoin, urlsplit

_BLOCK = 8192  # bytes
_IS_SCHEME = re.compile("[a-z][a-z0-9+.-]*").fullmatch
_MAX_DATA_URL = 2**24  # characters


class Request:
    """A URL, and how it is to be asked for."""

    def __init__(self, url, data=None, headers=None, origin_req_host=None, unverifiable=False, method=None):
        self.full_url = url
        self.headers = {}
        self.unredirected_hdrs = {}
        self._data = None
        self.data = data
        self.origin_req_host = self.host if origin_req_host is None else origin_req_host
        self.unverifiable = unverifiable
        self.timeout = None
        if method:
            self.method = method
        for name, value in (headers or {}).items():
            self.add_header(name, value)

    @property
    def full_url(self):
        """The URL, with its fragment."""
        return f"{self._url}#{self.fragment}" if self.fragment else self._url

    @full_url.setter
    def full_url(self, url):
        url = url.strip()
        if url.startswith("<") and url.endswith(">"):
            url = url[1:-1].strip()
        self._url, _, fragment = url.removeprefix("URL:").partition("#")
        self.fragment = fragment or None
        self.type, colon, rest = self._url.partition(":")
        self.type = self.type.lower()
        if not colon or not _IS_SCHEME(self.type):
            raise ValueError(f"unknown url type: {self.full_url!r}")
        self.host, self.selector = None, rest
        if rest.startswith("//"):
            end = re.search("[/?]|$", rest[2:]).start() + 2
            self.host, self.selector = unquote(rest[2:end]), rest[end:]
            if self.selector.startswith("?"):
                self.selector = "/" + self.selector

    @property
    def data(self):
        """The body, or None. Another one makes the request another one: its length is counted anew."""
        return self._data

    @data.setter
    def data(self, data):
        if data is not self._data:
            self._data = data
            self.remove_header("Content-length")

    def get_method(self):
        """GET, or POST for a request with a body, if no method was named."""
        return getattr(self, "method", "GET" if self.data is None else "POST")

    def get_full_url(self):
        """The URL."""
        return self.full_url

    def set_proxy(self, host, type):
        """Have the request sent to a proxy."""
        self.type, self.host, self.selector = type, host, self.full_url

    def has_proxy(self):
        """Whether it goes to a proxy."""
        return self.selector == self.full_url

    def add_header(self, key, val):
        """Set a header."""
        self.headers[key.capitalize()] = val

    def add_unredirected_header(self, key, val):
        """Set a header that no redirection keeps."""
        self.unredirected_hdrs[key.capitalize()] = val

    def has_header(self, header_name):
        """Whether there is such a header, spelt `Like-this`."""
        return header_name in self.headers or header_name in self.unredirected_hdrs

    def get_header(self, header_name, default=None):
        """A header's value, by its name spelt `Like-this`."""
        return self.headers.get(header_name, self.unredirected_hdrs.get(header_name, default))

    def remove_header(self, header_name):
        """Take a header out."""
        self.headers.pop(header_name, None)
        self.unredirected_hdrs.pop(header_name, None)

    def header_items(self):
        """All headers, as pairs."""
        return list({**self.unredirected_hdrs, **self.headers}.items())


class OpenerDirector:
    """Opens URLs by asking its handlers in turn.

    For a URL of a scheme `http` and a reply with status 404 those are their methods `http_request`, `http_open` or
    `default_open`, `http_response`, `http_error_404` and `http_error_default`.
    """

    def __init__(self):
        self.addheaders = [("User-agent", "Python-urllib/3 Repy")]
        self.handlers = []

    def add_handler(self, handler):
        """Add a handler, to the others by its `handler_order`."""
        self.handlers = sorted([*self.handlers, handler], key=lambda one: one.handler_order)
        handler.add_parent(self)

    def _ask(self, method, *args):
        """What the first handler says that has this method and says something."""
        for handler in self.handlers:
            if hasattr(handler, method):
                said = getattr(handler, method)(*args)
                if said is not None:
                    return said
        return None

    def open(self, fullurl, data=None, timeout=None):
        """Open a URL or Request; `timeout` is in seconds. Raises URLError, HTTPError, ValueError."""
        request = Request(fullurl) if isinstance(fullurl, str) else fullurl
        if data is not None:
            request.data = data
        request.timeout = timeout
        scheme = request.type.replace("-", "_")
        for handler in self.handlers:
            if hasattr(handler, f"{scheme}_request"):
                request = getattr(handler, f"{scheme}_request")(request)
        response = self._ask("default_open", request)
        if response is None:
            response = self._ask(f"{request.type.replace('-', '_')}_open", request)
        if response is None:
            response = self._ask("unknown_open", request)
        for handler in self.handlers:
            if hasattr(handler, f"{scheme}_response"):
                response = getattr(handler, f"{scheme}_response")(request, response)
        return response

    def error(self, proto, *args):
        """Have the handlers deal with an error: `args` are the request, the reply, its status, text and headers."""
        said = self._ask(f"http_error_{args[2]}", *args)
        return self._ask("http_error_default", *args) if said is None else said


class BaseHandler:
    """What all handlers have in common."""

    handler_order = 500

    def add_parent(self, parent):
        """Called with the opener that the handler is added to."""
        self.parent = parent

    def close(self):
        """Nothing."""


class HTTPErrorProcessor(BaseHandler):
    """Finds errors among replies."""

    handler_order = 1000

    def http_response(self, request, response):
        """The reply, or what handlers make of an error."""
        if 200 <= response.status < 300:
            return response
        return self.parent.error("http", request, response, response.status, response.reason, response.headers)


class HTTPDefaultErrorHandler(BaseHandler):
    """Raises what nobody else dealt with."""

    def http_error_default(self, req, fp, code, msg, hdrs):
        """Raise the HTTPError."""
        raise HTTPError(req.full_url, code, msg, hdrs, fp)


class HTTPRedirectHandler(BaseHandler):
    """Follows redirections, to `http:` only."""

    max_repeats = 4
    max_redirections = 10
    inf_msg = "the server sends the request from one place to another without end; it said last: "

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        """The request for another place; raises the HTTPError for what must not be asked there."""
        method = req.get_method()
        if not (method in ("GET", "HEAD") or (method == "POST" and code in (301, 302, 303))):
            raise HTTPError(req.full_url, code, msg, headers, fp)
        dropped = ["content-length", "content-type"]
        if _place(newurl)[0] != _place(req.full_url)[0]:
            dropped += ["authorization", "cookie"]  # they are not meant for that server
        kept = {name: value for name, value in req.headers.items() if name.lower() not in dropped}
        return Request(
            newurl.replace(" ", "%20"),
            method="HEAD" if method == "HEAD" else "GET",
            headers=kept,
            origin_req_host=req.origin_req_host,
            unverifiable=True,
        )

    def http_error_302(self, req, fp, code, msg, headers):
        """Follow one redirection."""
        place = headers.get("location") or headers.get("uri")
        if place is None:
            return None
        url = quote(urljoin(req.full_url, place), safe="%/:=&?~#+!$,;'@()*[]")
        if urlsplit(url).scheme not in ("http", ""):
            raise HTTPError(url, code, f"{msg} - Redirection to url '{url}' is not allowed", headers, fp)
        new = self.redirect_request(req, fp, code, msg, headers, url)
        if new is None:
            return None
        visited = new.redirect_dict = getattr(req, "redirect_dict", {})
        if visited.get(url, 0) >= self.max_repeats or len(visited) >= self.max_redirections:
            raise HTTPError(req.full_url, code, self.inf_msg + msg, headers, fp)
        visited[url] = visited.get(url, 0) + 1
        fp.close()
        return self.parent.open(new, timeout=req.timeout)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


class HTTPHandler(BaseHandler):
    """Speaks HTTP."""

    def http_request(self, request):
        """Complete the headers. Raises URLError, TypeError for a body of text."""
        if not request.host:
            raise URLError("no host given")
        if request.data is not None:
            self._describe_body(request)
        host = urlsplit(request.selector).netloc if request.has_proxy() else request.host
        for name, value in (("Host", host), *self.parent.addheaders):
            if not request.has_header(name.capitalize()):
                request.add_unredirected_header(name.capitalize(), value)
        return request

    def _describe_body(self, request):
        data = request.data
        if isinstance(data, str):
            raise TypeError("a body is bytes, an iterable of bytes or a file, and never a str: encode it")
        if not request.has_header("Content-type"):
            request.add_unredirected_header("Content-type", "application/x-www-form-urlencoded")
        if request.has_header("Content-length") or request.has_header("Transfer-encoding"):
            return
        if isinstance(data, (bytes, bytearray)):
            request.add_unredirected_header("Content-length", str(len(data)))
        else:
            request.add_unredirected_header("Transfer-encoding", "chunked")

    def http_open(self, req):
        """Ask, and return the reply."""
        return self.do_open(HTTPConnection, req)

    def do_open(self, http_class, req, **arguments):
        """Ask through a connection of this class. Raises URLError."""
        connection = http_class(req.host, timeout=req.timeout, **arguments)
        headers = {name.title(): value for name, value in {**req.unredirected_hdrs, **req.headers}.items()}
        headers["Connection"] = "close"
        try:
            try:
                connection.request(
                    req.get_method(),
                    req.selector,
                    req.data,
                    headers,
                    encode_chunked=req.has_header("Transfer-encoding"),
                )
            except OSError as why:
                raise URLError(why) from None
            response = connection.getresponse()
        except BaseException:
            connection.close()
            raise
        if connection.sock is not None:
            connection.sock.close()  # the reply's file holds it until it has been read
            connection.sock = None
        response.url = req.get_full_url()
        response.msg = response.reason
        return response


class ProxyHandler(BaseHandler):
    """Sends requests to proxies: `{"http": "http://10.0.0.1:8080"}`. None for none."""

    handler_order = 100

    def __init__(self, proxies=None):
        self.proxies = {scheme.lower(): url for scheme, url in (proxies or {}).items()}

    def http_request(self, request):
        """Send the request elsewhere, if there is a proxy for it."""
        proxy = self.proxies.get(request.type)
        if proxy is None or request.has_proxy():
            return request
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if parts.username and parts.password:
            request.add_header("Proxy-authorization", _basic(unquote(parts.username), unquote(parts.password)))
        request.set_proxy(unquote(parts.netloc.rpartition("@")[2]), parts.scheme)
        return request


class HTTPPasswordMgr:
    """Passwords, by the realm and the place that they are for."""

    def __init__(self):
        self._known = {}  # (name, password) by (realm, (host and port, path))

    def add_password(self, realm, uri, user, passwd):
        """Add one for a realm of a server, at a URL and what is below it; `uri` can be a list."""
        for one in [uri] if isinstance(uri, str) else uri:
            self._known[realm, _place(one)] = user, passwd

    def find_user_password(self, realm, authuri):
        """`(name, password)`, or two Nones."""
        host, path = _place(authuri)
        for (known, (its_host, below)), found in self._known.items():
            if known == realm and host == its_host and _is_below(path, below):
                return found
        return None, None


class HTTPPasswordMgrWithDefaultRealm(HTTPPasswordMgr):
    """As its base, with the realm None for any."""

    def find_user_password(self, realm, authuri):
        """`(name, password)`, or two Nones."""
        found = HTTPPasswordMgr.find_user_password(self, realm, authuri)
        return HTTPPasswordMgr.find_user_password(self, None, authuri) if found[0] is None else found


class HTTPBasicAuthHandler(BaseHandler):
    """Tells a server that asks for it (status 401) a password that is known for it."""

    def __init__(self, password_mgr=None):
        self.passwd = HTTPPasswordMgr() if password_mgr is None else password_mgr
        self.add_password = self.passwd.add_password

    def http_error_401(self, req, fp, code, msg, headers):
        """Ask again, with the password."""
        for said in headers.get_all("www-authenticate", []):
            realm = re.match(r"[ \t,]*basic[ \t]+realm=(?:\"([^\"]*)\"|([^\s,]*))", said, re.IGNORECASE)
            if realm is None:
                continue
            user, password = self.passwd.find_user_password(realm[1] or realm[2] or "", req.full_url)
            if password is None or req.get_header("Authorization") == _basic(user, password):
                return None
            req.add_unredirected_header("Authorization", _basic(user, password))
            fp.close()
            return self.parent.open(req, timeout=req.timeout)
        return None


class DataHandler(BaseHandler):
    """Opens `data:` URLs, which hold what they stand for."""

    def data_open(self, req):
        """A file of what the URL holds."""
        if len(req.full_url) > _MAX_DATA_URL:
            raise URLError("the data: URL is too long")
        kind, comma, text = req.full_url.partition(":")[2].partition(",")
        if not comma:
            raise URLError("a data: URL needs a comma")
        data = unquote_to_bytes(text)
        if kind.endswith(";base64"):
            data, kind = base64.decodebytes(data), kind[:-7]
        headers = HTTPMessage()
        headers["Content-type"] = kind or "text/plain;charset=US-ASCII"
        headers["Content-length"] = len(data)
        return addinfourl(BytesIO(data), headers, req.full_url)


class UnknownHandler(BaseHandler):
    """Says no to the rest."""

    def unknown_open(self, req):
        """Raise the URLError."""
        why = " (Repy has no TLS)" if req.type == "https" else ""
        raise URLError(f"unknown url type: {req.type}{why}")


class addinfourl:
    """A file with `headers`, `url` and `status`."""

    def __init__(self, fp, headers, url, code=None):
        self.fp, self.headers, self.url, self.code = fp, headers, url, code
        self.read, self.readline, self.readlines, self.close = fp.read, fp.readline, fp.readlines, fp.close

    @property
    def status(self):
        """The status, or None."""
        return self.code

    def info(self):
        """The headers."""
        return self.headers

    def geturl(self):
        """The URL."""
        return self.url

    def getcode(self):
        """The status, or None."""
        return self.code

    def __iter__(self):
        return iter(self.fp)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()


def _place(url):
    """`(host and port, path)` of a URL, or of a host."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    return f"{parts.hostname}:{parts.port or 80}", parts.path or "/"


def _is_below(path, base):
    return path == base or path.startswith(base if base.endswith("/") else f"{base}/")


def _basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


_DEFAULT = (
    ProxyHandler,
    UnknownHandler,
    HTTPHandler,
    HTTPDefaultErrorHandler,
    HTTPRedirectHandler,
    HTTPErrorProcessor,
    DataHandler,
)
_opener = None


def build_opener(*handlers):
    """An opener with these handlers, classes or made, and the default ones that they do not replace."""
    opener = OpenerDirector()
    made = [handler() if isinstance(handler, type) else handler for handler in handlers]
    for default in _DEFAULT:
        if not any(isinstance(one, default) for one in made):
            opener.add_handler(default())
    for handler in made:
        opener.add_handler(handler)
    return opener


def install_opener(opener):
    """Make an opener that of `urlopen`."""
    global _opener
    _opener = opener


def urlopen(url, data=None, timeout=None):
    """Open a URL or Request, and return the reply, a file.

    A body of bytes makes it a POST. `timeout` is in seconds. Raises URLError, HTTPError for a status that is an error,
    ValueError for what is no URL.
    """
    if _opener is None:
        install_opener(build_opener())
    return _opener.open(url, data, timeout)


def urlretrieve(url, filename, reporthook=None, data=None):
    """Save what a URL stands for in a file of the vessel; `(filename, headers)`.

    `reporthook(blocks, size, total)` is called before each block of `size` bytes. Raises as `urlopen`, and
    ContentTooShortError.
    """
    with urlopen(url, data) as response:
        headers, got, blocks = response.info(), 0, 0
        said = str(headers.get("Content-Length", ""))
        total = int(said) if re.fullmatch("[0-9]{1,18}", said) else -1
        with open(filename, "wb") as file:
            if reporthook:
                reporthook(blocks, _BLOCK, total)
            while block := response.read(_BLOCK):
                got += file.write(block)
                blocks += 1
                if reporthook:
                    reporthook(blocks, _BLOCK, total)
    if got < total:
        raise ContentTooShortError(f"retrieval incomplete: got only {got} out of {total} bytes", (filename, headers))
    return filename, headers


def urlcleanup():
    """Forget the opener that was installed."""
    install_opener(None)


def getproxies():
    """No proxies: there is no environment to name them."""
    return {}


def url2pathname(url):
    """The text behind escapes."""
    return unquote(url)


def pathname2url(name):
    """The name, escaped."""
    return quote(name)
