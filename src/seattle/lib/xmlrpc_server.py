"""Functions over XML-RPC, by the reference's names; see `xmlrpc.server` for Python's.

A call that fails, or that asks for a function that is not there, is answered with a fault.
"""

import threading
from socketserver import ThreadingMixIn
from xmlrpc.server import SimpleXMLRPCServer

from xmlrpc_common import (
    xmlrpc_common_call2python,
    xmlrpc_common_Fault,
    xmlrpc_common_fault2xml,
    xmlrpc_common_response2xml,
    xmlrpc_common_XMLParseError,
)


class _Server(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True

    def _marshaled_dispatch(self, data, dispatch_method=None, path=None):
        try:
            name, params = xmlrpc_common_call2python(data)
            function = self.funcs.get(name)
            if function is None:
                return xmlrpc_common_fault2xml(f"there is no function {name!r}", 1).encode()
            return xmlrpc_common_response2xml(function(*params)).encode()
        except xmlrpc_common_XMLParseError as why:
            return xmlrpc_common_fault2xml(f"this is no call: {why}", 2).encode()
        except xmlrpc_common_Fault as fault:
            return xmlrpc_common_fault2xml(str(fault.strerror), int(fault.errno)).encode()
        except Exception as why:
            return xmlrpc_common_fault2xml(f"{type(why).__name__}: {why}", 3).encode()


class xmlrpc_server_SimpleXMLRPCServer:
    """A server at `(host, port)`, for calls to `/` and `/RPC2`."""

    def __init__(self, addr):
        self._server = _Server(addr, logRequests=False)
        self.server_address = self._server.server_address

    def register_function(self, function, name=None):
        """Serve a function, by its own name or another."""
        self._server.register_function(function, name)

    def serve_forever(self):
        """Serve until `shutdown` is called from another thread."""
        self._server.serve_forever(0.1)

    def serve_nonblocking(self):
        """Serve in a thread."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def shutdown(self):
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
