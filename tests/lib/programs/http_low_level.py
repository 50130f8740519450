"""A connection's calls one by one, and in the wrong order."""

import http.client
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = [(name, value) for name, value in self.headers.items() if name not in ("Host",)]
        answer = f"{self.headers['Host'].partition(':')[0]} {said} {body}".encode()
        self.send_response_only(200, "Fine by me")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format, *args):
        pass


def expect(*errors):
    def call(function, *args, **options):
        try:
            print(function(*args, **options))
        except errors as error:
            print(type(error).__name__, error)

    return call


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
connection = http.client.HTTPConnection(f"127.0.0.1:{server.server_port}")
print(connection.host, connection.port == server.server_port, connection.sock)
refuse = expect(http.client.HTTPException)
refuse(connection.getresponse)
refuse(connection.putheader, "X", "1")
refuse(connection.endheaders)
connection.putrequest("PUT", "/path", skip_accept_encoding=True)
refuse(connection.putrequest, "PUT", "/again")
connection.putheader("Content-Length", 4)
connection.putheader("X-List", "a", b"b", 3)
connection.putheader(b"X-Bytes", b"\xe9")
connection.endheaders(b"bo")
refuse(connection.putheader, "X", "1")
connection.send(b"dy")
response = connection.getresponse()
refuse(connection.getresponse)
print(response.status, response.reason, response.getheaders(), response.isclosed())
print(response.read(30), response.length, response.getheader("x", "none"))
print(response.read(), response.isclosed(), response.read(), response.read(5))
connection.request("PUT", "/", b"now", {"Host": "other.example", "Accept-Encoding": "gzip"})
with connection.getresponse() as response:
    print(response.read().decode(), response.closed)
print(response.closed)
connection.close()
off = http.client.HTTPConnection("127.0.0.1", server.server_port)
off.auto_open = 0
refuse(off.request, "PUT", "/")
for host in ("h.example", "h.example:81", "[::1]:8000", "[::1]", "1.2.3.4:"):
    other = http.client.HTTPConnection(host)
    print(host, other.host, other.port)
server.shutdown()
server.server_close()
