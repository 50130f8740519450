"""The reference's way to fetch URLs, with what it got wrong mended."""

from pathlib import Path

import pytest
from tests.lib.conftest import Run

SERVER = """
import http.server, threading
httpretrieve = dy_import_module("httpretrieve.r2py")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        size = int(self.headers.get("Content-Length", 0))
        told = f"{self.command} {self.path} {self.rfile.read(size).decode()}"
        for name in ("Host", "X", "Authorization", "Content-Type"):
            if name in self.headers:
                told += f" {name}={self.headers[name]}"
        told = told.replace(str(port), "PORT").encode()
        code, place = {
            "/moved": (301, "/there?a=b"), "/away": (302, f"http://localhost:{port}/there"), "/loop": (302, "/loop"),
            "/tls": (303, "https://127.0.0.1/"), "/lost": (404, ""), "/same": (307, "there"),
        }.get(self.path.partition("?")[0], (200, ""))
        self.send_response(code)
        if place:
            self.send_header("Location", place)
        self.send_header("X-Two", "a")
        self.send_header("X-Two", "b")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)
    do_POST = do_GET
    def log_message(self, format, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
server.handle_error = lambda *_: None  # a client that is redirected reads no body
port = server.server_port
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
base = f"http://127.0.0.1:{port}"
get = httpretrieve.httpretrieve_get_string
def refused(function, *args, **options):
    try:
        function(*args, **options)
    except (RepyException, ValueError) as error:
        print(type(error).__name__, str(error).replace(str(port), "PORT"))
"""


CALLS = {
    "get(base)": "GET /  Host=127.0.0.1:PORT",
    "get(base + '/a?b=c#d')": "GET /a?b=c  Host=127.0.0.1:PORT",
    "get(base + '/a', {'b c': 'd&e'})": "GET /a?b+c=d%26e  Host=127.0.0.1:PORT",
    "get(base + '/a?x=y', 'raw=1')": "GET /a?x=y&raw=1  Host=127.0.0.1:PORT",
    "get(base, None, {'a': 1})": "POST / a=1 Host=127.0.0.1:PORT Content-Type=application/x-www-form-urlencoded",
    "get(base, None, 'as it is')": "POST / as it is Host=127.0.0.1:PORT",
    "get(base, httpheaders={'X': 'y'})": "GET /  Host=127.0.0.1:PORT X=y",
    "get('http://far.example/a', proxy=('127.0.0.1', port))": "GET http://far.example/a  Host=far.example",
    "get(base + '/moved')": "GET /there?a=b  Host=127.0.0.1:PORT",
    "get(base + '/same', httpheaders={'X': 'y'})": "GET /there  Host=127.0.0.1:PORT X=y",
    "get(base + '/same', httpheaders={'Authorization': 'z'})": "GET /there  Host=127.0.0.1:PORT Authorization=z",
    "get(base + '/away', httpheaders={'Authorization': 'z', 'X': 'y'})": "GET /there  Host=localhost:PORT X=y",
    "get(base + '/moved', postdata='body')": "GET /there?a=b  Host=127.0.0.1:PORT",
    "get(base + '/lost')": "GET /lost  Host=127.0.0.1:PORT",
}


def test_given_urls_when_they_are_retrieved_then_the_server_is_asked_so(run: Run) -> None:
    program = "".join(f"print({call})\n" for call in CALLS)
    assert run(SERVER + program).splitlines() == list(CALLS.values())


def test_given_a_reply_when_it_is_opened_then_it_has_status_and_headers_and_comes_in_pieces(run: Run) -> None:
    program = """
reply = httpretrieve.httpretrieve_open(base + "/lost", timeout=5)
print(reply.httpstatus, reply.headers["X-Two"])
print(reply.read(3), reply.read(4, timeout=1), len(reply.read()), reply.read())
reply.close()
"""
    assert run(SERVER + program) == "('1.0', 404, 'Not Found') ['a', 'b']\nb'GET' b' /lo' 23 b''\n"


def test_given_a_url_when_it_is_saved_then_the_file_has_its_bytes(run: Run, tmp_path: Path) -> None:
    run(f"{SERVER}httpretrieve.httpretrieve_save_file(base + '/file', 'saved')")
    assert (tmp_path / "saved").read_bytes() == b"GET /file  Host=127.0.0.1:PORT"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("base + '/loop'", "HttpBrokenServerError the server redirects more than 10 times"),
        ("base + '/tls'", "HttpBrokenServerError the server leads to 'https://127.0.0.1/', which is no http: URL"),
        ("'https://127.0.0.1/'", "ValueError this is no http: URL: 'https://127.0.0.1/'"),
        ("'no url'", "ValueError this is no http: URL: 'no url'"),
    ],
)
def test_given_a_url_that_leads_nowhere_when_it_is_retrieved_then_it_is_said_why(run: Run, url: str, why: str) -> None:
    assert run(f"{SERVER}refused(get, {url})") == f"{why}\n"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (None, "HttpTimeoutError the server did not answer in time"),
        ("b'nonsense\\r\\n'", "HttpBrokenServerError the server's reply is none: BadStatusLine"),
        ("b''", "HttpBrokenServerError"),
        ("b'HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nab'", "HttpBrokenServerError"),
        ("b'HTTP/1.1 200 OK\\r\\n\\r\\n' + bytes(2000)", "HttpBrokenServerError the body has more than 1000 bytes"),
    ],
)
def test_given_a_server_that_is_none_when_it_is_asked_then_the_exception_says_so(
    run: Run, said: str | None, why: str
) -> None:
    program = f"""
import socket
listener = socket.create_server(("127.0.0.1", 0))
def serve():
    connection, _ = listener.accept()
    connection.recv(65536)
    if {said} is None:
        connection.recv(1)
    else:
        connection.sendall({said})
        connection.close()
threading.Thread(target=serve, daemon=True).start()
httpretrieve._context["MAX_BODY"] = 1000
refused(get, "http://127.0.0.1:%d" % listener.getsockname()[1], timeout=0.2)
"""
    assert run(SERVER + program).startswith(why)


def test_given_nobody_who_listens_when_asked_then_there_is_no_connection(run: Run) -> None:
    program = """
import socket
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    gone = taken.getsockname()[1]
refused(get, f"http://127.0.0.1:{gone}")
"""
    assert run(SERVER + program).startswith("HttpConnectionError there is no connection to the server")


def test_given_the_reference_s_urlparse_when_urls_are_split_then_the_parts_are_its(run: Run) -> None:
    program = """
urlparse = dy_import_module("urlparse.r2py")
print(urlparse.urlparse_urlsplit("http://me:pw@Host.example:80/a/b;c?d=e#f"))
print(urlparse.urlparse_urlsplit("//host/x#y", "ftp", False))
try:
    urlparse.urlparse_urlsplit("http://host:port/")
except ValueError:
    print("no port")
"""
    first, second, third = run(program).splitlines()
    parts = {"scheme": "http", "netloc": "me:pw@Host.example:80", "path": "/a/b;c", "query": "d=e", "fragment": "f"}
    assert first == str({**parts, "username": "me", "password": "pw", "hostname": "host.example", "port": 80})
    parts = {"scheme": "ftp", "netloc": "host", "path": "/x#y", "query": "", "fragment": ""}
    assert second == str({**parts, "username": None, "password": None, "hostname": "host", "port": None})
    assert third == "no port"


def test_given_the_reference_s_urllib_when_text_is_quoted_then_it_comes_back(run: Run) -> None:
    program = """
urllib = dy_import_module("urllib.r2py")
odd = "a b/c?&=+%é~"
print(urllib.urllib_quote(odd), urllib.urllib_quote(odd, ""), urllib.urllib_quote_plus(odd))
print(urllib.urllib_unquote(urllib.urllib_quote(odd)) == odd)
print(urllib.urllib_unquote_plus(urllib.urllib_quote_plus(odd)) == odd)
form = urllib.urllib_quote_parameters({"a b": "c&d", "e": 1})
print(form, urllib.urllib_unquote_parameters(form), urllib.urllib_unquote_parameters("a=1&a=2"))
for bad in ("%", "%zz", "%1"):
    try:
        print(urllib.urllib_unquote(bad))
    except ValueError as error:
        print(error)
for bad in ("a", "a=b=c", "a=1&"):
    try:
        print(urllib.urllib_unquote_parameters(bad))
    except ValueError:
        print("no form")
"""
    assert run(program).splitlines() == [
        "a%20b/c%3F%26%3D%2B%25%C3%A9~ a%20b%2Fc%3F%26%3D%2B%25%C3%A9~ a+b%2Fc%3F%26%3D%2B%25%C3%A9~",
        *["True"] * 2,
        "a+b=c%26d&e=1 {'a b': 'c&d', 'e': '1'} {'a': '2'}",
        "this is no escape: '%'",
        "this is no escape: '%zz'",
        "this is no escape: '%1'",
        *["no form"] * 3,
    ]
