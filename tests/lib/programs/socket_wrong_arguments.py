"""Arguments of the wrong type."""

import socket

one = socket.socket()
for call in (
    lambda: one.bind("127.0.0.1"),
    lambda: one.connect(("127.0.0.1", "80")),
    lambda: one.bind(("127.0.0.1", 70000)),
    lambda: one.send("text"),
    lambda: one.sendall("text"),
    lambda: one.recv(-1),
):
    try:
        print(call())
    except (TypeError, OverflowError, ValueError) as why:
        print(type(why).__name__)
for call in (lambda: one.accept(), lambda: one.send(b"x"), lambda: one.recv(1)):
    try:
        print(call())
    except OSError as why:
        print(type(why).__name__, why)
