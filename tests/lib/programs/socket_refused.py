"""Connecting to a port where nobody listens."""

import errno
import socket

with socket.create_server(("127.0.0.1", 0)) as server:
    nobody = server.getsockname()

client = socket.socket()
try:
    client.connect(nobody)
except ConnectionRefusedError as why:
    print(why, why.errno == errno.ECONNREFUSED, isinstance(why, OSError), isinstance(why, ConnectionError))
client.close()
with socket.socket() as again:
    print(errno.errorcode[again.connect_ex(nobody)])
try:
    socket.create_connection(nobody, timeout=5)
except OSError as why:
    print(type(why).__name__, why.strerror)
try:
    socket.create_connection(nobody, timeout=5, all_errors=True)
except ExceptionGroup as group:
    print(group.message, [type(one).__name__ for one in group.exceptions])
