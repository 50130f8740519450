"""Requests through a proxy, which sees whole URLs; and `data:` URLs, which need nobody."""

import http.server
import threading
import urllib.request


class Proxy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        told = f"{self.path} for {self.headers['Host']} {self.headers['Proxy-Authorization']}"
        self.wfile.write(told.encode())

    def log_message(self, format, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Proxy)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
for login in ("", "ann:pass%20word@"):
    proxy = urllib.request.ProxyHandler({"http": f"http://{login}127.0.0.1:{server.server_port}"})
    opener = urllib.request.build_opener(proxy)
    opener.addheaders = [("User-agent", "test")]
    print(opener.open("http://far.example/away?x=1").read().decode())
for url in ("data:,hello%20there", "data:text/html;charset=utf-8;base64,PGI+", "data:image/png;base64,AAAA"):
    with urllib.request.urlopen(url) as response:
        print(response.headers["Content-Type"], response.headers["Content-Length"], response.read())
server.shutdown()
server.server_close()
