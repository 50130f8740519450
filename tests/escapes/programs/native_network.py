# The network, past the monitor.
import _socket  # Python's own: `socket` alone is the library's, where the language wall stands
import socket


def attempt(what, action):
    try:
        result = action()
    except (OSError, ImportError, MemoryError) as why:
        print("refused:", what, type(why).__name__)
    else:
        print("LEAKED:", what, result)


for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        attempt(f"{family} {kind}", lambda: socket.socket(family, kind))
attempt("a pair", socket.socketpair)
attempt("a name", lambda: socket.getaddrinfo("localhost", 80))
attempt("a connection", lambda: socket.create_connection(("127.0.0.1", 22), 1))
