"""TCP servers of each kind: one connection after another, and many at a time."""

import socket
import socketserver
import threading


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.strip().upper() + b"\n")


class Plain(socketserver.BaseRequestHandler):
    def setup(self):
        self.heard = b""

    def handle(self):
        while data := self.request.recv(100):
            self.heard += data
            if self.heard.endswith(b"."):
                break
        self.request.sendall(b"%d bytes" % len(self.heard))

    def finish(self):
        done.append(len(self.heard))


def ask(address, *lines):
    with socket.create_connection(address) as client, client.makefile("rw") as file:
        for line in lines:
            file.write(line + "\n")
            file.flush()
            print(file.readline().strip())


done = []
with socketserver.TCPServer(("127.0.0.1", 0), Upper) as server:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    ask(server.server_address, "one", "two")
    ask(server.server_address, "three")
    server.shutdown()
    thread.join()
    print(server.server_address[0], server.socket.getsockname() == server.server_address)
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Plain) as server:
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    clients = [socket.create_connection(server.server_address) for _ in range(5)]
    for number, client in enumerate(clients):
        client.sendall(b"x" * number)
    for client in reversed(clients):
        client.sendall(b"end.")
        print(client.recv(100))
        client.close()
    server.shutdown()
print(sorted(done))
