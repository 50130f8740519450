"""Iterating over the lines of a connection until the other side closes it."""

import socket

server = socket.create_server(("127.0.0.1", 0))
with socket.create_connection(server.getsockname()) as client:
    client.sendall(b"".join(b"%d %s\n" % (number, b"x" * number) for number in range(50)))
    client.sendall(b"the last, without an end")
there, _ = server.accept()
with there, there.makefile() as lines:
    total = 0
    for number, line in enumerate(lines):
        total += len(line)
    print(number, total, repr(line))
server.close()
