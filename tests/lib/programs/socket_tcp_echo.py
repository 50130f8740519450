"""A server and a client in one thread: the kernel keeps the connection until it is accepted."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 0))
server.listen(5)
host, port = server.getsockname()
print(host, port > 0)

client = socket.socket()
client.connect((host, port))
there, address = server.accept()
print(address == client.getsockname(), there.getpeername() == client.getsockname())
print(client.getpeername() == (host, port), there.getsockname() == (host, port))

for message in (b"hello", b"\x00\xff" * 10, "ä€".encode()):
    print(client.send(message), there.recv(100))
    print(there.sendall(message.upper()), client.recv(100))
client.close()
print(there.recv(100), there.recv(100))
there.close()
server.close()
print(client.fileno(), there.fileno(), server.fileno())
