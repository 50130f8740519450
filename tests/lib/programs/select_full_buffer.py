"""A connection that nobody reads can't be written, until somebody does."""

import select
import socket

ours, theirs = socket.socketpair()
ours.setblocking(False)
total = 0
while select.select([], [ours], [], 0)[1]:
    try:
        total += ours.send(b"x" * 100_000)
    except BlockingIOError:
        break
print(total > 0)
got = 0
while got < total:
    got += len(theirs.recv(1_000_000))
print(got == total, select.select([], [ours], [], 5)[1] == [ours])
