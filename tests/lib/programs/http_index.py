"""A folder with an index page."""

import http.client
import http.server
import threading


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


for name, text in (("index.html", "home"), ("other.txt", "other")):
    with open(name, "w") as file:
        file.write(text)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()


def ask(method, path):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.request(method, path)
    response = connection.getresponse()
    body = response.read()
    if response.status == 200:
        length = response.getheader("Content-Length") if "." in path else ""
        print(method, path, response.getheader("Content-type"), length, len(body) if "." in path else "")
    else:
        print(method, path, response.status, response.reason)
    connection.close()
    return body.decode()


for path in ("/", "/?a=b", "/index.html", "/other.txt"):
    print(ask("GET", path))
server.shutdown()
server.server_close()
