"""What a closed socket still does."""

import errno
import socket

with socket.socket() as one:
    one.bind(("127.0.0.1", 0))
    print(one.fileno() >= 0)
print(one.fileno())
one.close()
for call in (
    lambda: one.recv(1),
    lambda: one.send(b"x"),
    lambda: one.accept(),
    lambda: one.listen(),
    lambda: one.getsockname(),
    lambda: one.getpeername(),
    lambda: one.bind(("127.0.0.1", 0)),
    lambda: one.connect(("127.0.0.1", 1)),
    lambda: one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
):
    try:
        print(call())
    except OSError as why:
        print(errno.errorcode[why.errno], why.strerror)

with socket.socket() as fresh:
    for call in (lambda: fresh.recv(1), lambda: fresh.getpeername(), lambda: fresh.shutdown(socket.SHUT_RDWR)):
        try:
            print(call())
        except OSError as why:
            print(errno.errorcode[why.errno], why.strerror)
