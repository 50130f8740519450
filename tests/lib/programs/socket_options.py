"""Options that programs set by habit, and one that does not exist."""

import errno
import socket

with socket.socket() as one:
    for level, name in (
        (socket.SOL_SOCKET, socket.SO_REUSEADDR),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        (socket.IPPROTO_TCP, socket.TCP_NODELAY),
    ):
        print(one.getsockopt(level, name), one.setsockopt(level, name, 1), one.getsockopt(level, name) > 0)
    print(one.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE), one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    try:
        one.setsockopt(socket.SOL_SOCKET, 9999, 1)
    except OSError as why:
        print(errno.errorcode[why.errno], why.strerror)
    print(one.family == socket.AF_INET, one.type == socket.SOCK_STREAM, one.proto, one.timeout)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    print(one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1))
for family, kind in ((12345, socket.SOCK_STREAM), (socket.AF_INET, 12345)):
    try:
        socket.socket(family, kind)
    except OSError as why:
        print(type(why).__name__)
