"""A reply that comes line by line: each is there before the next is sent."""

import http.client
import http.server
import queue
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        while (line := lines.get(timeout=10)) is not None:
            data = f"data: {line}\n".encode()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if self.path == "/chunked" else data)
            self.wfile.flush()
        if self.path == "/chunked":
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format, *args):
        pass


lines = queue.Queue()
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
for path in ("/chunked", "/until-close"):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    print(path, response.getheader("content-type"), response.chunked)
    for number in range(3):
        lines.put(f"event {number}")
        print(response.readline())
    lines.put("last")
    print(response.read1(100))
    lines.put(None)
    print(response.read())
    connection.close()
server.shutdown()
server.server_close()
