"""Passwords: asked for, given, wrong, and kept from other servers."""

import base64
import http.server
import threading
import urllib.error
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = self.headers.get("Authorization", "")
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/open")
            self.end_headers()
            return
        right = said == "Basic " + base64.b64encode(b"ann:open sesame").decode()
        self.send_response(200 if right or self.path == "/open" else 401)
        if not right:
            self.send_header("WWW-Authenticate", 'Basic realm="The Cave"')
        self.end_headers()
        self.wfile.write(f"{right} {self.path}".encode())

    def log_message(self, format, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
base = f"http://127.0.0.1:{server.server_port}"


def try_with(realm, place, password):
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(realm, place, "ann", password)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    try:
        with opener.open(f"{base}/deep/down") as response:
            print(response.status, response.read())
    except urllib.error.HTTPError as error:
        print(error.code, error.headers["www-authenticate"])
        error.close()


try_with(None, base, "open sesame")
try_with("The Cave", f"{base}/deep/", "open sesame")
try_with("The Cave", f"{base}/other/", "open sesame")
try_with("Another", base, "open sesame")
try_with(None, base, "wrong")
server.shutdown()
server.server_close()
