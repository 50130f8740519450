"""What can be read, what can be written, and nothing within the time."""

import select
import socket
import time

server = socket.create_server(("127.0.0.1", 0))
print(select.select([server], [], [], 0), select.select([], [], [], 0.01))
client = socket.create_connection(server.getsockname())
print([one is server for one in select.select([server], [], [], 5)[0]])
there, _ = server.accept()
print(select.select([there], [there], [there], 5)[1] == [there], select.select([there], [], [], 0)[0])
client.sendall(b"x")
print(select.select([server, there], [], [], 5)[0] == [there], there.recv(10))
began = time.monotonic()
print(select.select([there, server], [], [], 0.05), 0.04 < time.monotonic() - began < 5)
client.close()
print(select.select([there], [], [], 5)[0] == [there], there.recv(10))
print(select.select([there.fileno()], [], [], 5)[0] == [there.fileno()])

udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
print(select.select([udp], [udp], [], 0)[1] == [udp])
with socket.socket(type=socket.SOCK_DGRAM) as sender:
    sender.sendto(b"datagram", udp.getsockname())
print(select.select([udp], [], [], 5)[0] == [udp], udp.recv(20), select.select([udp], [], [], 0)[0])
