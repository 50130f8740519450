"""What is closed, or no socket, can't be waited for."""

import select
import socket

one = socket.create_server(("127.0.0.1", 0))
one.close()
for wrong in ([one], [None], ["x"], [-1]):
    try:
        print(select.select(wrong, [], [], 0))
    except (ValueError, TypeError) as why:
        print(type(why).__name__)
try:
    select.select([], [], [], -1)
except ValueError as why:
    print(why)
print(select.error is OSError)
