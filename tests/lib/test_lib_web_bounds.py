"""What hostile servers and clients send to the library's HTTP, and what becomes of it: bounded, told, survived."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lib.conftest import Run
from tests.repy.conftest import Finished

CLIENT = """
import http.client, socket, threading
http.client.MAX_BODY = 1000

def reply_with(*pieces):
    listener = socket.create_server(("127.0.0.1", 0))
    def serve():
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            try:
                for piece in pieces:
                    connection.sendall(piece)
                if not closes:
                    connection.recv(1)
            except OSError:
                pass
        listener.close()
    threading.Thread(target=serve, daemon=True).start()
    return http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=patience)

closes, patience = True, 10
def ask(*pieces, amount=None):
    connection = reply_with(*pieces)
    try:
        connection.request("GET", "/")
        print(len(connection.getresponse().read(amount)))
    except (http.client.HTTPException, OSError) as error:
        print(type(error).__name__, error)
    connection.close()
"""


def client(run: Run, program: str) -> list[str]:
    return run(CLIENT + program).splitlines()


def test_given_headers_that_are_short_but_many_bytes_when_read_then_the_client_gives_up(run: Run) -> None:
    program = "ask(b'HTTP/1.1 200 OK\\r\\n', *[b'X: ' + bytes([120]) * 60000 + b'\\r\\n'] * 6, b'\\r\\n')"
    assert client(run, program) == ["HTTPException got headers of more than 131072 bytes"]


def test_given_a_server_that_only_says_go_on_when_asked_then_the_client_gives_up(run: Run) -> None:
    assert client(run, "ask(*[b'HTTP/1.1 100 Continue\\r\\n\\r\\n'] * 12)") == [
        "HTTPException got nothing but status 100"
    ]


@pytest.mark.parametrize(
    "body",
    [
        "b'Content-Length: 1001\\r\\n\\r\\n', bytes(1001)",
        "b'Content-Length: 999999999999999999\\r\\n\\r\\n'",
        "b'\\r\\n', bytes(1001)",
        "b'Transfer-Encoding: chunked\\r\\n\\r\\n', b'3e8\\r\\n' + bytes(1000) + b'\\r\\n1\\r\\n.\\r\\n0\\r\\n\\r\\n'",
        "b'Transfer-Encoding: chunked\\r\\n\\r\\nffffffffffffffff\\r\\n'",
    ],
)
def test_given_a_body_over_the_limit_when_read_whole_then_it_is_refused(run: Run, body: str) -> None:
    told = client(run, f"ask(b'HTTP/1.1 200 OK\\r\\n', {body})")
    assert told == ["BodyTooLarge the body has more than 1000 bytes; read it in pieces"]


@pytest.mark.parametrize(
    "head", ["Content-Length: 8388608\\r\\n\\r\\n", "\\r\\n", "Transfer-Encoding: chunked\\r\\n\\r\\n800000\\r\\n"]
)
def test_given_a_small_vessel_when_the_largest_body_comes_then_it_outlives_it(
    repy: Callable[..., Finished], tmp_path: Path, head: str
) -> None:
    program = f"""
http.client.MAX_BODY = 2**23
tail = b"\\r\\n0\\r\\n\\r\\n" if "chunked" in "{head}" else b""
ask(b"HTTP/1.1 200 OK\\r\\n{head}", *[bytes(2**20)] * 8, tail)
"""
    (tmp_path / "program.py").write_text(CLIENT + program)
    done = repy("--limit", "memory=64M", "program.py")
    assert (done.code, done.stdout) == (0, "8388608\n"), done.stderr


def test_given_a_body_over_the_limit_when_read_in_pieces_then_it_is_there(run: Run) -> None:
    program = "ask(b'HTTP/1.1 200 OK\\r\\nContent-Length: 5000\\r\\n\\r\\n', bytes(5000), amount=5000)"
    assert client(run, program) == ["5000"]


@pytest.mark.parametrize("size", ["-5", "0x10", "1_0", "11111111111111111", " ", "g"])
def test_given_a_chunk_s_size_that_is_none_when_read_then_the_body_is_incomplete(run: Run, size: str) -> None:
    program = f"ask(b'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n{size}\\r\\nabc')"
    assert client(run, program) == ["IncompleteRead IncompleteRead(0 bytes read)"]


@pytest.mark.parametrize("length", ["-5", "1e3", "٣", "9" * 5000])
def test_given_a_length_that_is_none_when_read_then_the_connection_s_end_is_the_body_s(run: Run, length: str) -> None:
    header = f"Content-Length: {length}".encode()
    assert client(run, f"ask(b'HTTP/1.1 200 OK\\r\\n', {header!r}, b'\\r\\n\\r\\nbody')") == ["4"]


@pytest.mark.parametrize(
    "said", ["b''", "b'HTTP/1.1 200 OK\\r\\n'", "b'HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nab'"]
)
def test_given_a_server_that_falls_silent_when_asked_then_the_client_s_patience_ends(run: Run, said: str) -> None:
    assert client(run, f"closes, patience = False, 0.1\nask({said})") == ["TimeoutError timed out"]


@pytest.mark.parametrize("kind", ["Authorization", "Cookie"])
def test_given_a_secret_for_one_server_when_it_redirects_to_another_then_that_does_not_get_it(
    run: Run, kind: str
) -> None:
    program = f"""
import http.server, threading, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(self.path, self.headers[{kind!r}], self.headers["X"])
        self.send_response(302 if self.path != "/end" else 200)
        host = "127.0.0.1" if self.path == "/" else "localhost"
        self.send_header("Location", f"http://{{host}}:{{port}}" + ("/same" if self.path == "/" else "/end"))
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, format, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
port = server.server_port
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
request = urllib.request.Request(f"http://127.0.0.1:{{port}}/", headers={{{kind!r}: "secret", "X": "y"}})
urllib.request.urlopen(request).close()
"""
    assert run(program).splitlines() == ["/ secret y", "/same secret y", "/end None y"]


SERVER = """
import http.server, socket, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, format, *args):
        pass
def tell(data):
    with socket.create_connection(server.server_address, timeout=10) as client:
        try:
            client.sendall(data)
            return b"".join(iter(lambda: client.recv(65536), b""))
        except OSError as error:
            return type(error).__name__.encode()
"""


def test_given_a_client_that_falls_silent_when_its_time_is_over_then_it_is_hung_up_on(run: Run) -> None:
    program = """
Handler.timeout = 0.1
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
print(tell(b""), tell(b"GET / HTT"), tell(b"GET / HTTP/1.1\\r\\nX: "))
print(tell(b"GET / HTTP/1.1\\r\\n\\r\\n")[-2:])
"""
    assert run(SERVER + program) == "b'' b'' b''\nb'ok'\n"


def test_given_silent_clients_that_hold_all_threads_when_more_come_then_they_are_hung_up_on_and_it_goes_on(
    repy: Callable[..., Finished], tmp_path: Path
) -> None:
    program = """
class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        refused.append(client_address)
refused = []
server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
silent = [socket.create_connection(server.server_address) for _ in range(5)]
print(tell(b"GET / HTTP/1.1\\r\\n\\r\\n")[-2:] == b"ok", len(refused) >= 3)
for one in silent:
    one.close()
while threading.active_count() > 2:
    sleep(0.01)
print(tell(b"GET / HTTP/1.1\\r\\n\\r\\n")[-2:])
"""
    (tmp_path / "program.py").write_text(SERVER + program)
    done = repy("--limit", "events=4", "program.py")
    assert (done.stdout, done.code) == ("False True\nb'ok'\n", 0), done.stderr


@pytest.mark.parametrize("line", ["X: a\\r\\nY: b", "X\\nY: b"])
def test_given_text_that_would_be_several_headers_when_a_server_sends_it_then_it_is_refused(
    run: Run, line: str
) -> None:
    program = f"""
class Evil(Handler):
    def do_GET(self):
        name, _, value = "{line}".partition(": ")
        try:
            self.send_response(200)
            self.send_header(name, value)
        except ValueError as error:
            told.append(str(error))
told = []
server = http.server.HTTPServer(("127.0.0.1", 0), Evil)
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
tell(b"GET / HTTP/1.1\\r\\n\\r\\n")
print(told)
"""
    assert "a header is one line" in run(SERVER + program)


def test_given_a_request_with_terminal_codes_when_it_is_logged_then_they_are_visible(run: Run) -> None:
    program = """
del Handler.log_message
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
tell(b"GET /\\x1b[2J\\x9b HTTP/1.1\\r\\n\\r\\n")
"""
    assert r"GET /\x1b[2J\x9b HTTP/1.1" in run(SERVER + program)


def test_given_an_accept_that_fails_when_serving_then_the_server_rests_instead_of_spinning(run: Run) -> None:
    program = """
import socketserver
class Server(socketserver.TCPServer):
    tries = 0
    def get_request(self):
        self.tries += 1
        if self.tries == 4:
            self._shutdown_wanted = True
        raise OSError("all sockets are taken")
server = Server(("127.0.0.1", 0), socketserver.BaseRequestHandler)
with socket.create_connection(server.server_address):
    began = getruntime()
    server.serve_forever(0.02)
    print(server.tries, getruntime() - began >= 0.2)
"""
    assert run(SERVER + program) == "4 True\n"


@pytest.mark.parametrize("value", ["'\"' + '\\\\\"' * 30000", "'\"' * 60001", "';' * 60000", "'a=\"' + ' ' * 60000"])
def test_given_a_header_that_is_hard_to_read_when_its_parts_are_asked_for_then_it_takes_no_time(
    run: Run, value: str
) -> None:
    program = f"""
from http.client import HTTPMessage
message, used = HTTPMessage(), getresources()[1]["cpu"]
message["Content-Type"] = "text/html; " + {value}
print(message.get_content_charset(), message.get_content_type(), getresources()[1]["cpu"] - used < 1)
"""
    assert run(program) == "None text/html True\n"


def test_given_a_cookie_with_a_newline_when_it_is_sent_then_it_is_refused(run: Run) -> None:
    program = """
from http.cookies import CookieError, SimpleCookie
cookie = SimpleCookie()
cookie["a"] = "b"
cookie["a"]["path"] = "/\\r\\nSet-Cookie: c=d"
try:
    cookie.output()
except CookieError as error:
    print(error)
"""
    assert run(program) == "a cookie can't have control characters\n"


@pytest.mark.parametrize(
    "page", ["'<' * 10**5", "'<a ' * 10**5", "'<a b=' * 10**5", "'<!--' * 300000", "'&' * 10**6", "'</' * 500000"]
)
def test_given_a_page_that_is_hard_to_read_when_it_is_fed_at_once_then_it_is_read_in_no_time(
    run: Run, page: str
) -> None:
    program = f"""
from html.parser import HTMLParser
class Parts(HTMLParser):
    size = 0
    def handle_data(self, data):
        self.size += len(data)
parser, began = Parts(), getruntime()
parser.feed({page})
parser.close()
print(parser.rawdata == "", getruntime() - began < 10)
"""
    assert run(program) == "True True\n"


def test_given_an_error_of_a_handler_when_it_is_not_caught_then_the_log_has_it_and_the_server_goes_on(run: Run) -> None:
    program = """
class Failing(Handler):
    def do_POST(self):
        raise ValueError("my own mistake")
server = http.server.HTTPServer(("127.0.0.1", 0), Failing)
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
tell(b"POST / HTTP/1.1\\r\\n\\r\\n")
print(tell(b"GET / HTTP/1.1\\r\\n\\r\\n")[-2:])
"""
    told = run(SERVER + program)
    assert "ValueError: my own mistake" in told
    assert told.endswith("b'ok'\n")
