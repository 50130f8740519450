"""Requests that are none, to a server that goes on: what it says to each."""

import http.server
import socket
import threading

REQUESTS = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET /old\r\n\r\n",
    b"POST /old\r\n\r\n",
    b"GET / HTTP/1.x\r\n\r\n",
    b"GET / HTTP/2.0\r\n\r\n",
    b"GET / FTP/1.1\r\n\r\n",
    b"GET / a b HTTP/1.1\r\n\r\n",
    b"BREW / HTTP/1.1\r\n\r\n",
    b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"x" * 70000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 150 + b"\r\n",
    b"\r\n",
    b"nonsense\r\n\r\n",
    b"GET //evil.example/ HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.1\r\nNo colon here\r\nX: y\r\n\r\n",
]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{self.path} {self.request_version} {self.headers.get('X')}".encode())

    def log_message(self, format, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
for request in REQUESTS:
    with socket.create_connection(server.server_address) as client:
        reply = b""
        try:
            client.sendall(request)
            while data := client.recv(65536):
                reply += data
        except ConnectionError:
            pass  # it hung up before it had read all of this
        first = reply.partition(b"\r\n")[0].split(b" ")[:2] if reply.startswith(b"HTTP") else reply[:20]
        print(
            request[:20], len(request), first if len(request) < 60000 else "", reply[-20:] if b" 200 " in reply else ""
        )
server.shutdown()
server.server_close()
