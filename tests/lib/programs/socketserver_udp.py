"""UDP servers, with and without threads."""

import socket
import socketserver
import threading


class Reverse(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read()[::-1])


class Count(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(b"%d from %s" % (len(data), self.client_address[0].encode()), self.client_address)


for kind, handler in ((socketserver.UDPServer, Reverse), (socketserver.ThreadingUDPServer, Count)):
    with kind(("127.0.0.1", 0), handler) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        client.bind(("127.0.0.1", 0))
        client.settimeout(10)
        for message in (b"hello", b"", b"x" * 3000):
            client.sendto(message, server.server_address)
            answer, sender = client.recvfrom(4000)
            print(len(answer), answer[:20], sender == server.server_address)
        server.shutdown()
