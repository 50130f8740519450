"""Timeouts of each call that waits, and what they raise."""

import socket
import time

server = socket.create_server(("127.0.0.1", 0))
server.settimeout(0.05)
print(server.gettimeout(), server.getblocking())


def attempt(call, *args):
    began = time.monotonic()
    try:
        print(call(*args))
    except socket.timeout as why:
        print(type(why).__name__, why, why.errno, 0.04 < time.monotonic() - began < 5)


attempt(server.accept)
client = socket.create_connection(server.getsockname(), timeout=5)
print(client.gettimeout())
there, _ = server.accept()
print(there.gettimeout())
there.settimeout(0.05)
attempt(there.recv, 10)
there.settimeout(None)
client.sendall(b"late, but here")
attempt(there.recv, 100)
print(socket.timeout is TimeoutError, issubclass(TimeoutError, OSError), socket.error is OSError)

socket.setdefaulttimeout(0.05)
print(socket.getdefaulttimeout(), socket.socket().gettimeout())
udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
attempt(udp.recvfrom, 10)
socket.setdefaulttimeout(None)
try:
    udp.settimeout(-1)
except ValueError as why:
    print(why)
