"""Datagrams to a socket with a port of its own, and to one that got its port by sending."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(5)
server.settimeout(5)

print(client.sendto(b"one", server.getsockname()), client.sendto(b"", 0, server.getsockname()))
data, address = server.recvfrom(100)
print(data, address[0], address[1] == client.getsockname()[1])
print(server.recvfrom(100)[0])
print(server.sendto(b"answer", address), client.recvfrom(4) == (b"answ", server.getsockname()))

client.connect(server.getsockname())
print(client.getpeername() == server.getsockname(), client.send(b"connected"), server.recv(100))
buffer = bytearray(10)
server.sendto(b"into it", client.getsockname())
size, sender = client.recvfrom_into(buffer)
print(size, sender == server.getsockname(), buffer)

try:
    server.send(b"to whom?")
except OSError as why:
    print(why)
client.close()
server.close()
