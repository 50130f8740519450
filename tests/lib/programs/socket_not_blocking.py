"""A socket that does not block says that there is nothing."""

import errno
import socket

server = socket.create_server(("127.0.0.1", 0))
server.setblocking(False)
print(server.gettimeout(), server.getblocking())


def attempt(call, *args):
    try:
        return call(*args)
    except BlockingIOError as why:
        return type(why).__name__, why.errno == errno.EWOULDBLOCK, str(why)


print(attempt(server.accept))
client = socket.create_connection(server.getsockname())
server.settimeout(5)
there, _ = server.accept()
there.setblocking(0)
print(attempt(there.recv, 10))
client.sendall(b"x")
there.settimeout(5)
print(there.recv(10))
print(attempt(client.recv, 1, socket.MSG_DONTWAIT))

there.setblocking(False)
total = 0
while True:
    sent = attempt(there.send, b"y" * 50_000)
    if type(sent) is tuple:
        print(sent)
        break
    total += sent
received = 0
while received < total:
    received += len(client.recv(100_000))
print(received == total)

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
udp.bind(("127.0.0.1", 0))
print(attempt(udp.recv, 10), udp.type == socket.SOCK_DGRAM, udp.gettimeout())
