"""`poll` with numbers and milliseconds."""

import select
import socket

ours, theirs = socket.socketpair()
polled = select.poll()
polled.register(ours, select.POLLIN)
print(polled.poll(0), polled.poll(10))
theirs.sendall(b"x")
print(polled.poll(5000) == [(ours.fileno(), select.POLLIN)])
polled.modify(ours, select.POLLIN | select.POLLOUT)
print(polled.poll() == [(ours.fileno(), select.POLLIN | select.POLLOUT)])
polled.register(theirs.fileno(), select.POLLOUT)
print(sorted(polled.poll()) == sorted([(ours.fileno(), 5), (theirs.fileno(), 4)]))
polled.unregister(ours)
print(polled.poll(0) == [(theirs.fileno(), select.POLLOUT)])
for call in (lambda: polled.unregister(ours), lambda: polled.modify(ours, 1)):
    try:
        call()
    except (KeyError, OSError) as why:
        print(type(why).__name__)

with select.epoll() as many:
    many.register(ours.fileno(), select.EPOLLIN)
    print(many.poll(5) == [(ours.fileno(), select.EPOLLIN)], many.closed)
    print(ours.recv(10), many.poll(0.01))
    try:
        many.register(ours.fileno())
    except FileExistsError as why:
        print(why)
print(many.closed)
