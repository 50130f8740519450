"""An address that somebody has, and one that is free again."""

import errno
import socket

first = socket.create_server(("127.0.0.1", 0))
second = socket.socket()
try:
    second.bind(first.getsockname())
    second.listen()
except OSError as why:
    print(errno.errorcode[why.errno], why.strerror)
address = first.getsockname()
first.close()
with socket.create_server(address) as again:
    print(again.getsockname() == address)
try:
    again = socket.create_server(("203.0.113.7", 0))
except OSError as why:
    print(errno.errorcode[why.errno])
one, other = socket.socket(type=socket.SOCK_DGRAM), socket.socket(type=socket.SOCK_DGRAM)
one.bind(("127.0.0.1", 0))
try:
    other.bind(one.getsockname())
except OSError as why:
    print(errno.errorcode[why.errno])
try:
    one.bind(("127.0.0.1", 0))
except OSError as why:
    print(errno.errorcode[why.errno])
