"""Flags of recv: looking without taking, and waiting for all of it."""

import socket

ours, theirs = socket.socketpair()
theirs.sendall(b"0123456789")
print(ours.recv(4, socket.MSG_PEEK), ours.recv(4), ours.recv(3, socket.MSG_PEEK), ours.recv(100))
theirs.sendall(b"abc")
theirs.sendall(b"defgh")
print(ours.recv(8, socket.MSG_WAITALL))
theirs.sendall(b"end")
theirs.close()
print(ours.recv(100, socket.MSG_WAITALL), ours.recv(1, socket.MSG_PEEK), ours.recv(1))
buffer = bytearray(b"......")
ours, theirs = socket.socketpair()
theirs.sendall(b"abcd")
print(ours.recv_into(buffer, 2), buffer, ours.recv_into(buffer), buffer)

udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
with socket.socket(type=socket.SOCK_DGRAM) as sender:
    sender.sendto(b"a datagram", udp.getsockname())
print(udp.recvfrom(4, socket.MSG_PEEK)[0], udp.recv(2, socket.MSG_PEEK), udp.recvfrom(100)[0])
