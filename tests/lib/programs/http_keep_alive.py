"""Several requests over one connection, with bodies of different kinds."""

import http.client
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count = 0

    def do_POST(self):
        length = self.headers.get("Content-Length")
        if length is None:
            body = b"".join(self.chunks())
        else:
            body = self.rfile.read(int(length))
        Handler.count += 1
        answer = b"%d %s %d %s" % (self.count, str(length).encode(), len(body), body[:20])
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_PUT = do_POST

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "12345")
        self.end_headers()

    def do_DELETE(self):
        self.send_response(204)
        self.end_headers()

    def chunks(self):
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def log_message(self, format, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
connection = http.client.HTTPConnection("127.0.0.1", server.server_port)


def ask(method, body=None, **headers):
    connection.request(method, "/", body, headers)
    response = connection.getresponse()
    print(method, response.status, response.reason, response.getheader("Content-Length"), response.read())


ask("POST", b"bytes")
first = connection.sock
ask("POST", "text")
ask("PUT", iter([b"one", b"two", b"", b"three"]))
ask("POST")
ask("HEAD")
ask("DELETE")
ask("POST", b"x" * 300000)
ask("POST", b"given", **{"Content-Length": "5"})
print("the same connection:", connection.sock is first)
connection.close()
server.shutdown()
server.server_close()
