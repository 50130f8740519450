"""The files of the folder, served: types, sizes, what is not there, and no way out of it."""

import http.client
import http.server
import threading


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


for name, text in (("a.html", "<p>hello</p>"), ("b.txt", "text\n" * 1000), ("c.bin", "\0"), ("d.css", "")):
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


for path in ("/a.html", "/b.txt?query", "/c.bin", "/d.css", "/%61.html", "/e.txt", "/../../../etc/passwd", "/%2e%2e/x"):
    ask("GET", path)
ask("HEAD", "/b.txt")
ask("POST", "/a.html")
listing = ask("GET", "/")
print([name in listing for name in ("a.html", "b.txt", "c.bin", "nothing")])
server.shutdown()
server.server_close()
