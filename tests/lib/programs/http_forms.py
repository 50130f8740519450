"""Forms in a query and in a POST, with `urllib`."""

import http.server
import json
import threading
import urllib.parse
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(urllib.parse.urlsplit(self.path).query)

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def answer(self, form):
        told = {
            "method": self.command,
            "form": urllib.parse.parse_qs(form),
            "type": self.headers.get("Content-Type"),
            "length": self.headers.get("Content-Length"),
            "mine": self.headers["x-mine"],
        }
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(told, sort_keys=True).encode())

    def log_message(self, format, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
base = f"http://127.0.0.1:{server.server_port}"
form = urllib.parse.urlencode({"name": "Käse & Brot", "list": [1, 2]}, doseq=True)
with urllib.request.urlopen(f"{base}/search?{form}") as response:
    print(response.status, response.reason, response.getcode(), json.load(response))
with urllib.request.urlopen(f"{base}/", form.encode()) as response:
    print(response.headers["content-type"], response.info().get_content_type(), json.loads(response.read()))
request = urllib.request.Request(f"{base}/#part", data=b"a=1", headers={"X-Mine": "yes"}, method="POST")
request.add_header("Content-Type", "text/plain")
print(request.get_method(), request.selector, request.has_header("X-mine"), request.fragment, request.type)
with urllib.request.urlopen(request, timeout=10) as response:
    print(json.loads(response.read().decode()), response.geturl() == request.full_url)
server.shutdown()
server.server_close()
