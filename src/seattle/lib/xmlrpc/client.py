"""Call functions of an XML-RPC server, as Python's `xmlrpc.client` does.

    server = xmlrpc.client.ServerProxy("http://127.0.0.1:8000", methods=["add"])
    print(server.add(1, 2), server.call("system.listMethods"))

Replies are not trusted: they have at most `MAX_BODY` bytes, and `xmlparse` bounds what is in them.

Missing: any name as a method of a `ServerProxy` or `MultiCall`, since Repy has no `__getattr__`: name the methods when
you make one, or use `call`. `https:` URLs (Repy has no TLS), compressed bodies, encodings other than UTF-8, the type
bigdecimal, and instances of your own classes as values.
"""

import base64
import time
from datetime import datetime
from http.client import HTTPConnection
from urllib.parse import unquote, urlsplit

from xmlparse import ParseError, parse

MAXINT, MININT = 2**31 - 1, -(2**31)
MAX_BODY = 2**21  # bytes of a reply; a vessel of 64 MB can bear what becomes of them
MAX_DEPTH = 30  # levels of arrays and structs, of which XML has three for each

PARSE_ERROR = -32700
SERVER_ERROR = -32600
APPLICATION_ERROR = -32500
SYSTEM_ERROR = -32400
TRANSPORT_ERROR = -32300
NOT_WELLFORMED_ERROR = -32700
INVALID_XMLRPC = -32600
METHOD_NOT_FOUND = -32601
INVALID_METHOD_PARAMS = -32602
INTERNAL_ERROR = -32603


class Error(Exception):
    """Root of what goes wrong here, beside OSError and HTTPException."""

    def __str__(self):
        return repr(self)


class ProtocolError(Error):
    """A server's reply has a status other than 200: `errcode`, `errmsg`, `headers`."""

    def __init__(self, url, errcode, errmsg, headers):
        self.args = (url, errcode, errmsg, headers)
        self.url, self.errcode, self.errmsg, self.headers = url, errcode, errmsg, headers

    def __repr__(self):
        return f"<ProtocolError for {self.url}: {self.errcode} {self.errmsg}>"


class ResponseError(Error):
    """A reply is none."""


class Fault(Error):
    """The server says that the call failed: `faultCode`, a number, and `faultString`."""

    def __init__(self, faultCode, faultString, **extra):
        self.args = (faultCode, faultString)
        self.faultCode, self.faultString = faultCode, faultString

    def __repr__(self):
        return f"<Fault {self.faultCode}: {self.faultString!r}>"


class DateTime:
    """A time as XML-RPC writes it, `20260131T23:59:59`: of a text, a datetime, a time tuple, seconds; or now."""

    def __init__(self, value=0):
        if isinstance(value, str):
            self.value = value
        elif isinstance(value, datetime):
            self.value = value.strftime("%Y%m%dT%H:%M:%S")
        else:
            parts = value if isinstance(value, (tuple, time.struct_time)) else time.localtime(value or time.time())
            self.value = "{:04}{:02}{:02}T{:02}:{:02}:{:02}".format(*parts[:6])

    def _text_of(self, other):
        return DateTime(other).value if isinstance(other, (datetime, str, DateTime)) else None

    def __eq__(self, other):
        return self.value == (other.value if isinstance(other, DateTime) else self._text_of(other))

    def __lt__(self, other):
        return self.value < (other.value if isinstance(other, DateTime) else DateTime(other).value)

    def __le__(self, other):
        return self < other or self == other

    def __hash__(self):
        return hash(self.value)

    def __str__(self):
        return self.value

    def __repr__(self):
        return f"<DateTime {self.value!r}>"

    def timetuple(self):
        """The time's parts. Raises ValueError if the text is no time."""
        return time.strptime(self.value, "%Y%m%dT%H:%M:%S")


class Binary:
    """Bytes: `data`."""

    def __init__(self, data=None):
        if not isinstance(data, (bytes, bytearray, type(None))):
            raise TypeError(f"expected bytes or bytearray, not {type(data).__name__}")
        self.data = bytes(data or b"")

    def __eq__(self, other):
        return self.data == (other.data if isinstance(other, Binary) else other)

    def __hash__(self):
        return hash(self.data)

    def __str__(self):
        return str(self.data, "latin-1")

    def __repr__(self):
        return f"Binary({self.data!r})"


def escape(text):
    """The text, such that it stands for itself within XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def dumps(params, methodname=None, methodresponse=None, encoding=None, allow_none=False):
    """A call, a reply (`methodresponse=True`) or just its values, as XML.

    `params` is a tuple of values, or a Fault. Raises TypeError and OverflowError for values that can't be sent.
    """
    if encoding not in (None, "utf-8", "UTF-8"):
        raise ValueError("documents are written in UTF-8 only")
    if isinstance(params, Fault):
        fault = {"faultCode": params.faultCode, "faultString": params.faultString}
        data = f"<fault>\n{_dumped(fault, allow_none, 0)}</fault>\n"
    elif not isinstance(params, tuple):
        raise TypeError("argument must be tuple or Fault instance")
    else:
        values = (_dumped(value, allow_none, 0) for value in params)
        data = "<params>\n" + "".join(f"<param>\n{value}</param>\n" for value in values) + "</params>\n"
    head = "<?xml version='1.0'?>\n"
    if methodname:
        return f"{head}<methodCall>\n<methodName>{escape(methodname)}</methodName>\n{data}</methodCall>\n"
    if methodresponse or isinstance(params, Fault):
        return f"{head}<methodResponse>\n{data}</methodResponse>\n"
    return data


def _dumped(value, allow_none, depth):
    if depth > MAX_DEPTH:
        raise TypeError(f"cannot marshal recursive values, nor any of more than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        members = "".join(
            f"<member>\n<name>{_key(key)}</name>\n{_dumped(one, allow_none, depth + 1)}</member>\n"
            for key, one in value.items()
        )
        return f"<value><struct>\n{members}</struct></value>\n"
    if isinstance(value, (list, tuple)):
        items = "".join(_dumped(one, allow_none, depth + 1) for one in value)
        return f"<value><array><data>\n{items}</data></array></value>\n"
    if value is None:
        if not allow_none:
            raise TypeError("cannot marshal None unless allow_none is enabled")
        return "<value><nil/></value>"
    return f"<value>{_dumped_plain(value)}</value>\n"


def _key(key):
    if not isinstance(key, str):
        raise TypeError("dictionary key must be string")
    return escape(key)


def _dumped_plain(value):
    if isinstance(value, bool):
        return f"<boolean>{value:d}</boolean>"
    if isinstance(value, int):
        if not MININT <= value <= MAXINT:
            raise OverflowError("int exceeds XML-RPC limits")
        return f"<int>{int(value)}</int>"
    if isinstance(value, float):
        return f"<double>{float(value)!r}</double>"
    if isinstance(value, str):
        return f"<string>{escape(value)}</string>"
    if isinstance(value, (bytes, bytearray, Binary)):
        data = value.data if isinstance(value, Binary) else value
        return f"<base64>\n{base64.encodebytes(data).decode('ascii')}</base64>"
    if isinstance(value, (datetime, DateTime)):
        moment = DateTime(value) if isinstance(value, datetime) else value
        return f"<dateTime.iso8601>{escape(moment.value)}</dateTime.iso8601>"
    raise TypeError(f"cannot marshal {type(value).__name__} objects")


def loads(data, use_datetime=False, use_builtin_types=False):
    """`(values, name)` of a call, or of a reply, which has no name.

    With `use_builtin_types` times are datetimes and bytes are bytes. Raises Fault if it is one, ResponseError for what
    is none of these.
    """
    try:
        root = parse(data)
        read = _Values(use_datetime or use_builtin_types, use_builtin_types).read
        if root.tag_name == "params":
            return _params(root, read), None
        if root.tag_name == "methodCall":
            name, *rest = root.children
            _expect(name, "methodName")
            return (_params(rest[0], read) if rest else ()), name.content
        _expect(root, "methodResponse")
        inner = _only_child(root)
        if inner.tag_name == "params":
            return _params(inner, read), None
        _expect(inner, "fault")
        fault = read(_only_child(inner))
        raise Fault(fault["faultCode"], fault["faultString"])
    except (ParseError, ValueError, KeyError, TypeError, IndexError, ArithmeticError) as why:
        raise ResponseError(f"this is no XML-RPC: {why}") from None


def _expect(node, *names):
    if node.tag_name not in names:
        raise ParseError(f"<{node.tag_name}> stands where <{names[0]}> should")


def _only_child(node):
    if len(node.children) != 1:
        raise ParseError(f"<{node.tag_name}> has {len(node.children)} parts, not one")
    return node.children[0]


def _params(node, read):
    _expect(node, "params")
    values = []
    for param in node.children:
        _expect(param, "param")
        values.append(read(_only_child(param)))
    return tuple(values)


class _Values:
    """Makes values of nodes; the nodes' own depth is bounded."""

    def __init__(self, use_datetime, use_bytes):
        self._time = (lambda text: datetime.strptime(text, "%Y%m%dT%H:%M:%S")) if use_datetime else DateTime
        self._bytes = bytes if use_bytes else Binary

    def read(self, node):
        _expect(node, "value")
        if not node.children:
            return node.content
        inner = _only_child(node)
        kind, text = inner.tag_name, inner.content
        if kind == "struct":
            return dict(map(self._member, inner.children))
        if kind == "array":
            data = _only_child(inner)
            _expect(data, "data")
            return list(map(self.read, data.children))
        return self._plain(kind, text) if kind == "string" else self._plain(kind, text.strip())

    def _member(self, node):
        _expect(node, "member")
        name, value = node.children
        _expect(name, "name")
        return name.content, self.read(value)

    def _plain(self, kind, text):
        if kind == "string":
            return text
        if kind in ("int", "i1", "i2", "i4", "i8", "biginteger"):
            return int(text)
        if kind in ("double", "float"):
            return float(text)
        if kind == "boolean":
            return {"0": False, "1": True}[text]
        if kind == "nil":
            return None
        if kind == "base64":
            return self._bytes(base64.decodebytes(text.encode("ascii")))
        if kind == "dateTime.iso8601":
            return self._time(text)
        raise ParseError(f"nobody knows a value that is a <{kind}>")


class Transport:
    """Carries calls to a server over one connection, which is kept between them."""

    user_agent = "Python-xmlrpc/3 Repy"

    def __init__(self, use_datetime=False, use_builtin_types=False, *, headers=(), timeout=None):
        self._use_datetime, self._use_builtin_types = use_datetime, use_builtin_types
        self._headers = list(headers)
        self._timeout = timeout
        self._connection = None, None

    def request(self, host, handler, request_body, verbose=False):
        """Make a call, once more if the server had closed the kept connection. Raises what `single_request` raises."""
        kept = self._connection[0] == host
        try:
            return self.single_request(host, handler, request_body, verbose)
        except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError):
            if not kept:
                raise
            return self.single_request(host, handler, request_body, verbose)

    def single_request(self, host, handler, request_body, verbose=False):
        """Make a call. Raises ProtocolError, ResponseError, Fault, OSError, HTTPException."""
        try:
            connection = self.send_request(host, handler, request_body, verbose)
            response = connection.getresponse()
            if response.status != 200:
                response.read(MAX_BODY)
                raise ProtocolError(f"{host}{handler}", response.status, response.reason, dict(response.getheaders()))
            return self.parse_response(response)
        except Fault:
            raise
        except BaseException:
            self.close()
            raise

    def send_request(self, host, handler, request_body, debug=False):
        """Send a call, and return the connection."""
        connection = self.make_connection(host)
        headers = {"Content-Type": "text/xml", "User-Agent": self.user_agent}
        headers |= dict([*self.get_host_info(host)[1], *self._headers])
        connection.request("POST", handler, request_body, headers)
        return connection

    def get_host_info(self, host):
        """`(host, headers, {})`: a name and password before the host become a header."""
        login, at, place = host.rpartition("@")
        if not at:
            return place, [], {}
        code = base64.b64encode(unquote(login).encode()).decode("ascii")
        return place, [("Authorization", f"Basic {code}")], {}

    def make_connection(self, host):
        """The connection to a host."""
        if self._connection[0] != host:
            self.close()
            self._connection = host, HTTPConnection(self.get_host_info(host)[0], timeout=self._timeout)
        return self._connection[1]

    def parse_response(self, response):
        """The values of a reply."""
        data = response.read(MAX_BODY + 1)
        if len(data) > MAX_BODY:
            raise ResponseError(f"a reply of more than {MAX_BODY} bytes is not read")
        return loads(data, self._use_datetime, self._use_builtin_types)[0]

    def close(self):
        """Close the connection."""
        (_, connection), self._connection = self._connection, (None, None)
        if connection is not None:
            connection.close()


class ServerProxy:
    """A server, whose functions `methods` become methods: names such as `add` or `system.listMethods`.

    `call(name, *args)` calls any. A call raises Fault, ProtocolError, ResponseError, and what a connection raises.
    `timeout` is in seconds.
    """

    def __init__(
        self,
        uri,
        transport=None,
        encoding=None,
        verbose=False,
        allow_none=False,
        use_datetime=False,
        use_builtin_types=False,
        *,
        headers=(),
        methods=(),
        timeout=None,
    ):
        parts = urlsplit(uri)
        if parts.scheme != "http":
            raise OSError("unsupported XML-RPC protocol: Repy's ServerProxy speaks http: only")
        self._host = parts.netloc
        self._handler = (parts.path or "/RPC2") + (f"?{parts.query}" if parts.query else "")
        self._transport = transport or Transport(use_datetime, use_builtin_types, headers=headers, timeout=timeout)
        self._encoding, self._allow_none, self._verbose = encoding, allow_none, verbose
        for name in methods:
            _add_method(self, name.split("."), _Method(self.call, name))

    def call(self, name, *args):
        """Call a function of the server, and return its value."""
        values = self.send(dumps(args, name, encoding=self._encoding, allow_none=self._allow_none))
        return values[0] if len(values) == 1 else values

    def send(self, document):
        """Send a call that is XML already, and return the tuple of values of the reply."""
        return self._transport.request(self._host, self._handler, document.encode(), verbose=self._verbose)

    def close(self):
        """Close the connection."""
        self._transport.close()

    def __call__(self, attr):
        """`proxy("close")` and `proxy("transport")`, as Python's."""
        if attr == "close":
            return self.close
        if attr == "transport":
            return self._transport
        raise AttributeError(f"Attribute {attr!r} not found")

    def __repr__(self):
        return f"<ServerProxy for {self._host}{self._handler}>"

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()


class _Method:
    def __init__(self, call, name):
        self._call, self._name = call, name

    def __call__(self, *args):
        return self._call(self._name, *args)


class _Names:
    """What stands before a dot."""


def _add_method(place, words, method):
    *before, last = words
    for word in before:
        if not hasattr(place, word):
            setattr(place, word, _Names())
        place = getattr(place, word)
    setattr(place, last, method)


class MultiCall:
    """Several calls in one: `add` them by name, then call it: it gives their values, and raises Faults in theirs."""

    def __init__(self, server):
        self._server = server
        self._calls = []

    def add(self, name, *args):
        """Add a call."""
        self._calls.append({"methodName": name, "params": list(args)})

    def __call__(self):
        """Make the calls."""
        return MultiCallIterator(self._server.call("system.multicall", self._calls))


class MultiCallIterator:
    """The values of several calls."""

    def __init__(self, results):
        self.results = results

    def __getitem__(self, place):
        item = self.results[place]
        if isinstance(item, dict):
            raise Fault(item["faultCode"], item["faultString"])
        return item[0]


Server = ServerProxy
