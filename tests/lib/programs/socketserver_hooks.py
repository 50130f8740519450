"""What classes can extend: who is served, what happens on errors and without requests."""

import socket
import socketserver
import threading


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        word = self.request.recv(100)
        if word == b"fail":
            raise ValueError("as asked")
        self.request.sendall(word + b"!")

    def finish(self):
        told.append("finished")


class Server(socketserver.TCPServer):
    timeout = 0.05
    refuse = False

    def verify_request(self, request, client_address):
        return not self.refuse

    def handle_error(self, request, client_address):
        told.append("error")

    def handle_timeout(self):
        told.append("timeout")

    def service_actions(self):
        actions.add("action")


def ask(word):
    with socket.create_connection(server.server_address) as client:
        client.sendall(word)
        return client.recv(100)


told, actions, answers = [], set(), []
with Server(("127.0.0.1", 0), Handler) as server:
    server.handle_request()
    client = threading.Thread(target=lambda: answers.append(ask(b"once")))
    client.start()
    server.timeout = 10
    server.handle_request()
    client.join()
    print(told, answers)
    told.clear()
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    print(ask(b"fail"), ask(b"word"))
    server.refuse = True
    try:
        print(ask(b"anybody"))
    except ConnectionError:
        print(b"")
    server.shutdown()
print(told, actions)
try:
    ask(b"late")
except OSError as error:
    print(isinstance(error, ConnectionRefusedError))
