"""Openers with handlers of a program's own; and a file that is retrieved."""

import http.server
import threading
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{self.headers['X-Stamp']} {self.headers['User-Agent']}".encode()
        self.send_response(200 if self.path != "/teapot" else 418)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


class Stamp(urllib.request.BaseHandler):
    def http_request(self, request):
        request.add_header("X-Stamp", "stamped")
        return request

    def http_error_418(self, request, reply, code, message, headers):
        print("a teapot:", code, message)
        return reply

    def odd_open(self, request):
        return f"opened {request.full_url}"


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
base = f"http://127.0.0.1:{server.server_port}"
opener = urllib.request.build_opener(Stamp, urllib.request.HTTPHandler())
opener.addheaders = [("User-agent", "mine")]
print(opener.open(base).read())
print(opener.open(f"{base}/teapot").read())
print(opener.open("odd:thing"))
urllib.request.install_opener(opener)
seen = []
name, headers = urllib.request.urlretrieve(base, "got.txt", lambda *said: seen.append(said))
print(name, headers["Content-Length"], open(name).read(), seen)
server.shutdown()
server.server_close()
