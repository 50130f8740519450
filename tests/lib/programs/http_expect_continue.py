"""A client that waits to be told to go on, spoken by hand; and one that is refused."""

import http.server
import socket
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_expect_100(self):
        if int(self.headers["Content-Length"]) > 100:
            self.send_error(413, "Too much")
            return False
        return super().handle_expect_100()

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[::-1])

    def log_message(self, format, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
for size in (5, 500):
    with socket.create_connection(server.server_address) as client, client.makefile("rb") as file:
        client.sendall(b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % size)
        line = file.readline()
        print(line)
        if b"100" in line:
            file.readline()
            client.sendall(b"hello")
            print(file.readline(), file.read()[-5:])
server.shutdown()
server.server_close()
