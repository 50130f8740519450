"""What goes wrong: statuses that are errors, nobody there, what is no URL, what can't be sent."""

import http.client
import http.server
import socket
import threading
import urllib.error
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        code = int(self.path[1:])
        body = b"no such thing"
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
base = f"http://127.0.0.1:{server.server_port}"
for code in (404, 410, 500, 503):
    try:
        urllib.request.urlopen(f"{base}/{code}")
    except urllib.error.HTTPError as error:
        print(error, error.code, error.reason, error.read(), error.url == f"{base}/{code}")
try:
    urllib.request.urlopen(f"{base}/404")
except urllib.error.URLError as error:
    print(type(error).__name__)
    error.close()
server.shutdown()
server.server_close()
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    gone = taken.getsockname()[1]
try:
    urllib.request.urlopen(f"http://127.0.0.1:{gone}/", timeout=5)
except urllib.error.URLError as error:
    print(type(error.reason).__name__, isinstance(error.reason, ConnectionRefusedError))
for url in ("no url", "", "/path", "unknown://x/"):
    try:
        urllib.request.urlopen(url)
    except ValueError as error:
        print("ValueError", error)
    except urllib.error.URLError as error:
        print("URLError", error.reason)
connection = http.client.HTTPConnection("127.0.0.1", gone)
for method, url, headers in (
    ("GET", "/a b", {}),
    ("GET", "/a\r\nX-Evil: 1", {}),
    ("GET\r\n", "/", {}),
    ("GET", "/", {"Bad Name": "1"}),
    ("GET", "/", {"X": "a\r\nY: b"}),
):
    try:
        connection.request(method, url, headers=headers)
    except (ValueError, http.client.InvalidURL) as error:
        print(type(error).__name__)
    except OSError as error:
        print("sent:", type(error).__name__)
    connection.close()
for host in ("h:port", "a b"):
    try:
        http.client.HTTPConnection(host)
    except http.client.InvalidURL as error:
        print(type(error).__name__, host)
