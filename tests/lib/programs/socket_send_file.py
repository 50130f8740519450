"""A file, and pieces of data, in one call."""

import io
import socket

ours, theirs = socket.socketpair()
print(ours.sendfile(io.BytesIO(b"0123456789")), theirs.recv(100))
print(ours.sendfile(io.BytesIO(b"0123456789"), 2, 5), theirs.recv(100))
print(ours.sendmsg([b"a", b"", b"bc"]), theirs.recv(100))
