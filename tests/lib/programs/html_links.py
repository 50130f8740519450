"""What programs use it for: the links and the text of a page that a server sends."""

import http.server
import threading
import urllib.parse
import urllib.request
from html import escape
from html.parser import HTMLParser


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        names = "".join(f'<li><a href="{n}.html">{escape("<" + str(n) + ">")}</a></li>\n' for n in range(3))
        page = (
            f"<html><title>Numbers &amp; more</title><ul>{names}</ul><script>var a = '<a href=no>';</script>".encode()
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format, *args):
        pass


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.texts, self.silent = [], [], False

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        self.silent = tag == "script"

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.texts.append(data.strip())


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
base = f"http://127.0.0.1:{server.server_port}/dir/index.html"
reader = Reader()
with urllib.request.urlopen(base) as response:
    charset = response.headers.get_content_charset("latin-1")
    for line in response:
        reader.feed(line.decode(charset))
reader.close()
print([urllib.parse.urlsplit(urllib.parse.urljoin(base, link)).path for link in reader.links], reader.texts)
server.shutdown()
server.server_close()
