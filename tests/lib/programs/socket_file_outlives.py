"""A file of a socket goes on when the socket is closed, and closes it at last."""

import socket

ours, theirs = socket.socketpair()
lines = ours.makefile("r")
ours.close()
theirs.sendall(b"still here\n")
print(repr(lines.readline()))
lines.close()
print(theirs.recv(10))
theirs.close()
