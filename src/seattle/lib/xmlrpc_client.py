"""Calls over XML-RPC, by the reference's names; see `xmlrpc.client` for Python's."""

from http.client import HTTPException
from xmlrpc.client import MAX_BODY, Error, ServerProxy, Transport

from xmlrpc_common import (
    xmlrpc_common_call2xml,
    xmlrpc_common_ConnectionError,
    xmlrpc_common_Fault,
    xmlrpc_common_response2python,
    xmlrpc_common_Timeout,
    xmlrpc_common_XMLParseError,
)

USER_AGENT = "seattlelib/1.0.0"
_PATIENCE = 30  # seconds


class _Transport(Transport):
    user_agent = USER_AGENT

    def parse_response(self, response):
        """The value, in a tuple; a fault is raised."""
        data = response.read(MAX_BODY + 1)
        if len(data) > MAX_BODY:
            raise xmlrpc_common_XMLParseError(f"a reply of more than {MAX_BODY} bytes is not read")
        return (xmlrpc_common_response2python(data),)


class xmlrpc_client_Client:
    """A server of functions, at an `http:` URL."""

    def __init__(self, url):
        self.server_url = url
        if not url.startswith("http://"):
            raise ValueError(f"this is no http: URL: {url[:200]!r}")

    def send_request(self, method_name, params, timeout=None):
        """Call a function, and return its value; `timeout` is in seconds.

        Raises xmlrpc_common_Fault when it failed, xmlrpc_common_XMLParseError, xmlrpc_common_ConnectionError,
        xmlrpc_common_Timeout.
        """
        transport = _Transport(timeout=_PATIENCE if timeout is None else timeout)
        proxy = ServerProxy(self.server_url, transport)
        try:
            value = proxy.send(xmlrpc_common_call2xml(method_name, params))[0]
        except TimeoutError as why:
            raise xmlrpc_common_Timeout(f"the server did not answer in time: {why}") from None
        except (OSError, HTTPException, Error) as why:
            raise xmlrpc_common_ConnectionError(f"the call did not get through: {why}") from None
        finally:
            proxy.close()
        if isinstance(value, xmlrpc_common_Fault):
            raise value
        return value
