"""Many clients at a time, each with several requests, and a server with a thread for each."""

import http.client
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with counting:
            seen.append(self.path)
        meeting.wait(10)
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


def ask(number):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    for turn in range(3):
        connection.request("GET", f"/{number}/{turn}")
        answers.append(connection.getresponse().read().decode())
    connection.close()


seen, answers, counting, meeting = [], [], threading.Lock(), threading.Barrier(8)
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    serving = threading.Thread(target=server.serve_forever, args=(0.02,))
    serving.start()
    clients = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    server.shutdown()
    serving.join()
print(len(seen), sorted(answers) == sorted(seen), sorted(answers)[:4])
