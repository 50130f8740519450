"""The library's HTTP and XML-RPC, with CPython's at the other end of the line."""

import http.client
import http.server
import socket
import socketserver
import subprocess
import threading
import time
import urllib.parse
import urllib.request
import xmlrpc.client
import xmlrpc.server
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.lib.conftest import Run

BODY = bytes(range(256)) * 1000

REPY_SERVER = """
import http.server, xmlrpc.server, threading
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (body[:10], body[10:]):
            if piece:
                self.wfile.write(b"%x\\r\\n%b\\r\\n" % (len(piece), piece))
        self.wfile.write(b"0\\r\\n\\r\\n")
    def log_message(self, format, *args):
        pass
class Quiet(xmlrpc.server.SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, format, *args):
        pass
with open("page.html", "w") as file:
    file.write("<p>from a vessel</p>")
web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
calls = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), Quiet, allow_none=True)
calls.register_function(lambda *values: list(values), "echo")
calls.register_introspection_functions()
threading.Thread(target=calls.serve_forever).start()
print(web.server_port, calls.server_address[1])
web.serve_forever()
"""


@pytest.fixture
def served(popen: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> tuple[int, int]:
    """The ports of a web server and of an XML-RPC server, both in the sandbox."""
    (tmp_path / "server.py").write_text(REPY_SERVER)
    process = popen("server.py")
    assert process.stdout is not None
    web, calls = process.stdout.readline().split()
    return int(web), int(calls)


def test_given_a_server_in_a_vessel_when_cpython_asks_it_then_it_is_a_server_like_any(served: tuple[int, int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served[0], timeout=10)
    for method, path, body, expected in (
        ("GET", "/page.html", None, (200, b"<p>from a vessel</p>")),
        ("HEAD", "/page.html", None, (200, b"")),
        ("POST", "/", BODY, (200, BODY)),
        ("POST", "/", b"", (200, b"")),
    ):
        connection.request(method, path, body)
        response = connection.getresponse()
        assert (response.status, response.read()) == expected
    connection.close()


def test_given_a_server_in_a_vessel_when_urllib_opens_it_then_it_has_types_and_errors(served: tuple[int, int]) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{served[0]}/page.html", timeout=10) as response:
        assert response.headers.get_content_type() == "text/html"
    with pytest.raises(urllib.request.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{served[0]}/../secret", timeout=10)
    assert refused.value.code == 404
    refused.value.close()


def test_given_functions_in_a_vessel_when_cpython_calls_them_then_values_come_back(served: tuple[int, int]) -> None:
    values: list[Any] = [1, -1.5, "<é&>", True, None, [1, [2]], {"a": {"b": []}}]
    with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{served[1]}", allow_none=True, use_builtin_types=True) as proxy:
        assert proxy.echo(*values, b"\0\xff") == [*values, b"\0\xff"]
        assert proxy.system.listMethods()[0] == "echo"  # type: ignore[index]  # a list
        with pytest.raises(xmlrpc.client.Fault):
            proxy.nothing()


def test_given_a_server_whose_sockets_are_all_taken_when_some_come_back_then_it_serves_again(
    popen: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    (tmp_path / "server.py").write_text(REPY_SERVER)
    process = popen("--limit", "outsockets=3", "server.py")
    assert process.stdout is not None
    address = "127.0.0.1", int(process.stdout.readline().split()[0])
    silent = [socket.create_connection(address, timeout=10) for _ in range(6)]
    with socket.create_connection(address, timeout=10) as refused:
        assert refused.recv(1) == b""  # no socket is left for it, so it is hung up on
    for one in silent:
        one.close()
    assert any(answer == b"<p>from a vessel</p>" for answer in answers(address))


def answers(address: tuple[str, int]) -> Iterator[bytes | None]:
    """What the server says, asked again and again: it takes a moment until it knows that others have gone."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(*address, timeout=10)
        try:
            connection.request("GET", "/page.html")
            yield connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            yield None
        finally:
            connection.close()


@contextmanager
def serving(make: Callable[[tuple[str, int]], socketserver.TCPServer]) -> Iterator[int]:
    """A server at one of the ports that vessels may have: they reach no others of their own computer."""
    server = first_that_works(make)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def first_that_works(make: Callable[[tuple[str, int]], socketserver.TCPServer]) -> socketserver.TCPServer:
    for port in range(63199, 63100, -1):
        try:
            return make(("127.0.0.1", port))
        except OSError:  # taken
            continue
    raise AssertionError("all ports are taken")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        coded = self.headers.get("Transfer-Encoding") == "chunked"
        body = b"".join(self.chunks()) if coded else self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[::-1])

    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/" else 200)
        self.send_header("Location", "/there")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nthere\r\n0\r\n\r\n")

    def chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        pass


def test_given_cpython_s_server_when_a_vessel_asks_it_then_it_is_a_client_like_any(run: Run) -> None:
    program = """
import http.client, urllib.request
port = int(callargs[0])
body = bytes(range(256)) * 1000
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
for one in (body, iter([body[:70000], body[70000:]])):
    connection.request("POST", "/", one)
    print(connection.getresponse().read() == body[::-1])
with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as response:
    print(response.status, response.read(), response.url.endswith("/there"))
"""
    with serving(lambda address: http.server.ThreadingHTTPServer(address, Handler)) as port:
        assert run(program, str(port)) == "True\nTrue\n200 b'there' True\n"


def test_given_cpython_s_functions_when_a_vessel_calls_them_then_values_come_back(run: Run) -> None:
    program = """
import xmlrpc.client
proxy = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{callargs[0]}", methods=["echo"], allow_none=True)
values = [1, -1.5, "<é&>", True, None, [1, [2]], {"a": {"b": []}}, "", " spaces "]
print(proxy.echo(*values) == values, proxy.echo(b"bytes")[0].data, "echo" in proxy.call("system.listMethods"))
try:
    proxy.call("fail")
except xmlrpc.client.Fault as fault:
    print(fault.faultString)
"""

    def fail() -> None:
        raise ValueError("as asked")

    def make(address: tuple[str, int]) -> xmlrpc.server.SimpleXMLRPCServer:
        server = xmlrpc.server.SimpleXMLRPCServer(address, logRequests=False, allow_none=True)
        server.register_function(lambda *values: list(values), "echo")
        server.register_function(fail)
        server.register_introspection_functions()
        return server

    with serving(make) as port:
        assert run(program, str(port)) == "True b'bytes' True\n<class 'ValueError'>:as asked\n"
