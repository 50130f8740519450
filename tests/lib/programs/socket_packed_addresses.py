"""Addresses as bytes, and the order of bytes."""

import socket

print(socket.inet_aton("127.0.0.1"), socket.inet_ntoa(b"\xc0\xa8\x00\x01"))
for text in ("::", "::1", "2001:db8::ff00:42:8329", "fe80::1:0:0:1"):
    packed = socket.inet_pton(socket.AF_INET6, text)
    print(packed, socket.inet_ntop(socket.AF_INET6, packed))
print(socket.inet_pton(socket.AF_INET, "1.2.3.4"), socket.inet_ntop(socket.AF_INET, b"\x01\x02\x03\x04"))
for call in (
    lambda: socket.inet_aton("300.1.1.1"),
    lambda: socket.inet_pton(socket.AF_INET6, "1.2.3.4"),
    lambda: socket.inet_ntoa(b"abc"),
    lambda: socket.inet_ntop(socket.AF_INET, b"abc"),
):
    try:
        print(call())
    except (OSError, ValueError) as why:
        print(type(why).__name__, why)
print(socket.htons(80), socket.ntohs(80), socket.htonl(0x01020304), socket.ntohl(1))
print(socket.AF_INET, socket.AF_INET6, socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SHUT_WR, socket.INADDR_LOOPBACK)
