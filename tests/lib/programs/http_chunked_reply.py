"""Replies in chunks, read whole, in pieces and by line."""

import http.client
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (b"first line\nsec", b"ond line\n", b"third", b" line\nlast", b"!" * 1000):
            self.wfile.write(b"%x;note=1\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\nX-Trailer: 1\r\n\r\n")

    def log_message(self, format, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
connection = http.client.HTTPConnection("127.0.0.1", server.server_port)


def ask():
    connection.request("GET", "/")
    response = connection.getresponse()
    print(response.chunked, response.length, response.getheader("transfer-encoding"))
    return response


print(len(ask().read()))
response = ask()
pieces = []
while piece := response.read(100):
    pieces.append(piece)
print([len(piece) for piece in pieces], b"".join(pieces)[:30])
response = ask()
print([len(line) for line in response], response.isclosed())
response = ask()
print(response.readline(), response.readline(3), response.readline())
print(len(response.read()), response.read())
response = ask()
buffer = bytearray(20)
print(response.readinto(buffer), bytes(buffer))
print(response.peek(5)[:5], response.peek()[:5], response.read(7))
response.read()
print(response.peek(5))
connection.close()
server.shutdown()
server.server_close()
