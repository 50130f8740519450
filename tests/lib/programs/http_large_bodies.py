"""A megabyte up and down, in pieces, from a file in memory and from an iterator."""

import hashlib
import http.client
import http.server
import io
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        left, data = int(self.headers["Content-Length"]), bytearray()
        while len(data) < left:
            data += self.rfile.read(min(70001, left - len(data)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Digest", hashlib.sha256(data).hexdigest())
        self.end_headers()
        for start in range(0, len(data), 50000):
            self.wfile.write(data[start : start + 50000])

    def log_message(self, format, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
data = bytes(range(256)) * 4096
connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
for body in (data, io.BytesIO(data), (data[start : start + 10000] for start in range(0, len(data), 10000))):
    connection.request("POST", "/", body, {"Content-Length": str(len(data))})
    response = connection.getresponse()
    digest, size = hashlib.sha256(), 0
    while piece := response.read(33333):
        digest.update(piece)
        size += len(piece)
    print(size, digest.hexdigest() == response.getheader("x-digest") == hashlib.sha256(data).hexdigest())
connection.close()
server.shutdown()
server.server_close()
