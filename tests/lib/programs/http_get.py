"""A server with routes, and a client that asks for them: status, reason, headers, body."""

import http.client
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404, "Gone fishing", "It was never here")
            return
        body = f"{self.command} {self.path} {self.headers['X-Number']}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("X-Two", "first")
        self.send_header("X-Two", "second")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
for path in ("/", "/a/b?c=d&e", "/missing", "/%C3%A9"):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request("GET", path, headers={"X-Number": "7"})
    response = connection.getresponse()
    body = response.read()
    print(response.status, response.reason, response.version, response.getheader("X-Two"), response.will_close)
    print(
        response.headers.get_content_type(), response.headers.get_content_charset(), response.headers.get_all("x-two")
    )
    print(body.decode() if response.status == 200 else b"Gone fishing" in body and b"It was never here" in body)
    connection.close()
server.shutdown()
server.server_close()
