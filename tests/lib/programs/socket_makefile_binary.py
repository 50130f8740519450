"""Files of bytes over a connection, both ways."""

import socket

ours, theirs = socket.socketpair()
both = ours.makefile("rwb")
print(both.readable(), both.writable(), both.seekable())
theirs.sendall(b"GET / HTTP/1.0\r\nHost: here\r\n\r\nbody of it")
print(both.readline(), both.readline(), both.readline(), both.read(4))
print(both.write(b"kept back"), both.flush(), theirs.recv(100))
print(both.write(b"x" * 100_000))
received = 0
theirs.settimeout(5)
both.flush()
while received < 100_000:
    received += len(theirs.recv(65536))
print(received)
buffer = bytearray(3)
print(both.readinto(buffer), buffer)
theirs.close()
print(both.read(), both.read(), both.read(5), both.readline())
both.close()
try:
    both.write(b"x")
except ValueError as why:
    print(type(why).__name__)

ours, theirs = socket.socketpair()
with ours.makefile("wb", buffering=0) as at_once:
    at_once.write(b"now")
    print(theirs.recv(10))
ours.close()
try:
    theirs.makefile("x")
except ValueError as why:
    print(why)
try:
    theirs.makefile("r", buffering=0)
except ValueError as why:
    print(why)
