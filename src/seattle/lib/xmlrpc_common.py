"""The documents of XML-RPC, by the reference's names; see `xmlrpc.client` for Python's.

Values are None, bools, ints, floats, texts, lists, dicts and `xmlrpc_common_Binary`. Texts are escaped both ways.
"""

import xmlrpc.client


class xmlrpc_common_XMLParseError(Exception):
    """A document is no XML-RPC."""


class xmlrpc_common_ConnectionError(Exception):
    """There is no connection to the server, or what it says is no HTTP."""


class xmlrpc_common_Timeout(Exception):
    """The server did not answer in time."""


class xmlrpc_common_Fault(Exception):
    """A call failed: `strerror` and `errno`."""

    def __init__(self, message, code):
        super().__init__(message, code)
        self.strerror, self.errno = message, code


class xmlrpc_common_Binary:
    """Bytes: `data`."""

    def __init__(self, data):
        self.data = data.encode("latin-1") if isinstance(data, str) else bytes(data)

    def __eq__(self, other):
        return isinstance(other, xmlrpc_common_Binary) and self.data == other.data

    def __hash__(self):
        return hash(self.data)


def xmlrpc_common_call2xml(method_name, params):
    """A call, as XML. Raises ValueError for values that can't be sent."""
    return _dumped(tuple(_to_python_s(one) for one in params), methodname=method_name)


def xmlrpc_common_response2xml(value):
    """A reply, as XML. Raises ValueError for a value that can't be sent."""
    return _dumped((_to_python_s(value),), methodresponse=True)


def xmlrpc_common_fault2xml(message, code):
    """A reply that says that the call failed."""
    return _dumped(xmlrpc.client.Fault(code, message), methodresponse=True)


def xmlrpc_common_call2python(xml):
    """`(name, values)` of a call. Raises xmlrpc_common_XMLParseError."""
    values, name = _loaded(xml)
    if name is None:
        raise xmlrpc_common_XMLParseError("this is no call")
    return name, tuple(map(_from_python_s, values))


def xmlrpc_common_response2python(xml):
    """The value of a reply, or the xmlrpc_common_Fault that it is. Raises xmlrpc_common_XMLParseError."""
    try:
        values, name = _loaded(xml)
    except xmlrpc.client.Fault as fault:
        return xmlrpc_common_Fault(fault.faultString, fault.faultCode)
    if name is not None or len(values) != 1:
        raise xmlrpc_common_XMLParseError("this is no reply with one value")
    return _from_python_s(values[0])


def _dumped(params, **kind):
    try:
        return xmlrpc.client.dumps(params, allow_none=True, **kind)
    except (TypeError, OverflowError) as why:
        raise ValueError(f"this can't be sent: {why}") from None


def _loaded(xml):
    try:
        return xmlrpc.client.loads(xml)
    except xmlrpc.client.ResponseError as why:
        raise xmlrpc_common_XMLParseError(str(why)) from None


def _to_python_s(value, depth=0):
    if depth > xmlrpc.client.MAX_DEPTH:
        raise ValueError("values are nested too deeply to be sent")
    if isinstance(value, xmlrpc_common_Binary):
        return value.data
    if isinstance(value, (list, tuple)):
        return [_to_python_s(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {key: _to_python_s(one, depth + 1) for key, one in value.items()}
    return value


def _from_python_s(value):
    if isinstance(value, xmlrpc.client.Binary):
        return xmlrpc_common_Binary(value.data)
    if isinstance(value, list):
        return list(map(_from_python_s, value))
    if isinstance(value, dict):
        return {key: _from_python_s(one) for key, one in value.items()}
    return value
