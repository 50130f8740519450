"""TCP and UDP over the loopback of IPv6."""

import socket

with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
    print(server.getsockname()[0], server.getsockname()[2:], server.family == socket.AF_INET6)
    with socket.create_connection(server.getsockname()[:2]) as client:
        there, address = server.accept()
        print(address == client.getsockname(), client.getpeername() == server.getsockname())
        there.sendall(b"six")
        print(client.recv(10))
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as two:
    one.bind(("::1", 0))
    two.sendto(b"datagram", one.getsockname())
    data, address = one.recvfrom(100)
    print(data, address[0], len(address))
