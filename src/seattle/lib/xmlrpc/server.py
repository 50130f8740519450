"""Serve functions over XML-RPC, as Python's `xmlrpc.server` does.

    server = xmlrpc.server.SimpleXMLRPCServer(("", 0))
    server.register_function(pow)
    server.serve_forever()

Callers are not trusted: a call has at most `MAX_BODY` bytes, and none reaches a name that begins with `_`. Each
connection is served before the next; `class Server(ThreadingMixIn, SimpleXMLRPCServer)` serves many.

Missing: `CGIXMLRPCRequestHandler` and `DocXMLRPCServer` (no other programs, no `inspect`), and the methods of an
instance in `system.listMethods`, unless it has `_listMethods`.
"""

import socketserver
from http.server import BaseHTTPRequestHandler
from xmlrpc.client import Fault, ResponseError, dumps, loads

MAX_BODY = 2**21  # bytes of a call; a vessel of 64 MB can bear what becomes of them
_MAX_CALLS = 1000  # in one `system.multicall`


def resolve_dotted_attribute(obj, attr, allow_dotted_names=True):
    """What an object has by a name that may have dots. Raises AttributeError, also for names that begin with `_`."""
    for name in attr.split(".") if allow_dotted_names else [attr]:
        if name.startswith("_"):
            raise AttributeError(f"attempt to access private attribute {name!r}")
        obj = getattr(obj, name)
    return obj


class SimpleXMLRPCDispatcher:
    """Knows functions by name, and calls them."""

    def __init__(self, allow_none=False, encoding=None, use_builtin_types=False):
        self.funcs = {}
        self.instance = None
        self.allow_none = allow_none
        self.encoding = encoding or "utf-8"
        self.use_builtin_types = use_builtin_types
        self.allow_dotted_names = False

    def register_instance(self, instance, allow_dotted_names=False):
        """Serve the methods of an object, or what its `_dispatch(method, params)` serves."""
        self.instance = instance
        self.allow_dotted_names = allow_dotted_names

    def register_function(self, function=None, name=None):
        """Serve a function, by its own name or another. A decorator, too."""
        if function is None:
            return lambda function: self.register_function(function, name)
        self.funcs[name or function.__name__] = function
        return function

    def register_introspection_functions(self):
        """Serve `system.listMethods`, `system.methodHelp` and `system.methodSignature`."""
        self.funcs |= {
            "system.listMethods": self.system_listMethods,
            "system.methodHelp": self.system_methodHelp,
            "system.methodSignature": self.system_methodSignature,
        }

    def register_multicall_functions(self):
        """Serve `system.multicall`, which makes several calls."""
        self.funcs["system.multicall"] = self.system_multicall

    def system_listMethods(self):
        """The names of all functions."""
        return sorted({*self.funcs, *(self.instance._listMethods() if hasattr(self.instance, "_listMethods") else ())})

    def system_methodSignature(self, method_name):
        """Nothing: functions have no signatures here."""
        return "signatures not supported"

    def system_methodHelp(self, method_name):
        """What a function's docstring says."""
        function = self.funcs.get(method_name)
        if function is None and self.instance is not None:
            if hasattr(self.instance, "_methodHelp"):
                return self.instance._methodHelp(method_name)
            if not hasattr(self.instance, "_dispatch"):
                try:
                    function = resolve_dotted_attribute(self.instance, method_name, self.allow_dotted_names)
                except AttributeError:
                    pass
        return (getattr(function, "__doc__", "") or "").strip() if function is not None else ""

    def system_multicall(self, call_list):
        """The values of several calls, each in a list; for one that failed, its fault."""
        if len(call_list) > _MAX_CALLS:
            raise ValueError(f"at most {_MAX_CALLS} calls can be made in one")
        return [self._one_of_many(call["methodName"], call["params"]) for call in call_list]

    def _one_of_many(self, name, params):
        try:
            return [self._dispatch(name, params)]
        except Fault as fault:
            return {"faultCode": fault.faultCode, "faultString": fault.faultString}
        except Exception as why:
            return {"faultCode": 1, "faultString": f"{type(why)}:{why}"}

    def _marshaled_dispatch(self, data, dispatch_method=None, path=None):
        """The reply to a call, both as XML."""
        try:
            params, name = loads(data, use_builtin_types=self.use_builtin_types)
            if name is None:
                raise ResponseError("this is a reply, not a call")
            value = (dispatch_method or self._dispatch)(name, params)
            reply = dumps((value,), methodresponse=True, allow_none=self.allow_none)
        except Fault as fault:
            reply = dumps(fault, allow_none=self.allow_none)
        except Exception as why:
            reply = dumps(Fault(1, f"{type(why)}:{why}"), allow_none=self.allow_none)
        return reply.encode("utf-8", "xmlcharrefreplace")

    def _dispatch(self, method, params):
        """Call a function. Raises what it raises, and Exception for one that is not there."""
        function = self.funcs.get(method)
        if function is not None:
            return function(*params)
        if self.instance is not None:
            if hasattr(self.instance, "_dispatch"):
                return self.instance._dispatch(method, params)
            try:
                function = resolve_dotted_attribute(self.instance, method, self.allow_dotted_names)
            except AttributeError:
                pass
        if function is None:
            raise Exception(f'method "{method}" is not supported')  # noqa: TRY002 - Python's, whose name callers see
        return function(*params)


class SimpleXMLRPCRequestHandler(BaseHTTPRequestHandler):
    """Serves the calls of one connection, which are POSTs to one of `rpc_paths`."""

    rpc_paths = ("/", "/RPC2")
    wbufsize = -1
    disable_nagle_algorithm = True

    def is_rpc_path_valid(self):
        """Whether calls may be sent to this path; any, if `rpc_paths` is empty."""
        return not self.rpc_paths or self.path in self.rpc_paths

    def do_POST(self):
        """Serve a call."""
        if not self.is_rpc_path_valid():
            self.report_404()
            return
        size = self.headers.get("content-length", "")
        if not (size.isascii() and size.isdigit()):
            self.send_error(411)
            return
        if len(size) > 18 or int(size) > MAX_BODY:
            self.send_error(413)
            return
        data = self.rfile.read(int(size))
        if len(data) < int(size):
            self.close_connection = True
            return
        reply = self.server._marshaled_dispatch(data, getattr(self, "_dispatch", None), self.path)
        self.send_response(200)
        self.send_header("Content-type", "text/xml")
        self.send_header("Content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def report_404(self):
        """Say that no calls are served here."""
        self.send_response(404)
        body = b"No such page"
        self.send_header("Content-type", "text/plain")
        self.send_header("Content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        """Tell the log, if the server has `logRequests`."""
        if self.server.logRequests:
            BaseHTTPRequestHandler.log_request(self, code, size)


class SimpleXMLRPCServer(socketserver.TCPServer, SimpleXMLRPCDispatcher):
    """A server of functions. See `register_function` and `serve_forever`."""

    allow_reuse_address = True

    def __init__(
        self,
        addr,
        requestHandler=SimpleXMLRPCRequestHandler,
        logRequests=True,
        allow_none=False,
        encoding=None,
        bind_and_activate=True,
        use_builtin_types=False,
    ):
        self.logRequests = logRequests
        SimpleXMLRPCDispatcher.__init__(self, allow_none, encoding, use_builtin_types)
        socketserver.TCPServer.__init__(self, addr, requestHandler, bind_and_activate)


class MultiPathXMLRPCServer(SimpleXMLRPCServer):
    """A server with a dispatcher for each path."""

    def __init__(self, *args, **options):
        SimpleXMLRPCServer.__init__(self, *args, **options)
        self.dispatchers = {}

    def add_dispatcher(self, path, dispatcher):
        """Have a dispatcher serve the calls to a path."""
        self.dispatchers[path] = dispatcher
        return dispatcher

    def get_dispatcher(self, path):
        """The dispatcher of a path. Raises KeyError."""
        return self.dispatchers[path]

    def _marshaled_dispatch(self, data, dispatch_method=None, path=None):
        if path not in self.dispatchers:
            return dumps(Fault(1, f"nothing is served at {path}")).encode()
        return self.dispatchers[path]._marshaled_dispatch(data, dispatch_method, path)
