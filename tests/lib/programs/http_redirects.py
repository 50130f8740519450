"""Redirections: followed, relative, from POST to GET, refused to other protocols, and without end."""

import http.server
import threading
import urllib.error
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/end":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"{self.command} reached".encode())
            return
        place, code = {
            "/start": ("/middle", 301),
            "/middle": ("end", 302),
            "/post": ("/end", 303),
            "/keep": ("/end", 307),
            "/loop": ("/loop", 302),
            "/grow": ("/grow1", 302),
            "/file": ("file:///etc/passwd", 302),
        }.get(self.path, (f"{self.path}1", 302))
        self.send_response(code)
        if self.path != "/nowhere":
            self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
base = f"http://127.0.0.1:{server.server_port}"
for path, data in (
    ("/start", None),
    ("/post", b"x=1"),
    ("/keep", None),
    ("/keep", b"x=1"),
    ("/loop", None),
    ("/grow", None),
    ("/file", None),
    ("/nowhere", None),
):
    try:
        with urllib.request.urlopen(base + path, data) as response:
            print(path, response.status, response.url.removeprefix(base), response.read())
    except urllib.error.HTTPError as error:
        print(path, "HTTPError", error.code, error.headers.get("Content-Length"), isinstance(error, OSError))
server.shutdown()
server.server_close()
