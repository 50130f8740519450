"""A connected UDP socket hears its peer alone."""

import socket


def bound():
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(5)
    return made


with bound() as one, bound() as other, bound() as stranger:
    one.connect(other.getsockname())
    stranger.sendto(b"strange", one.getsockname())
    other.sendto(b"known", one.getsockname())
    print(one.recv(100))
    one.settimeout(0.05)
    try:
        one.recv(100)
    except TimeoutError as why:
        print("nothing else:", why)
    print(one.sendall(b"back"), other.recvfrom(100)[0])
