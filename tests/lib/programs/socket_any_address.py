"""A server on all addresses is reached by the loopback."""

import socket

for host in ("", "0.0.0.0"):
    with socket.create_server((host, 0)) as server:
        print(server.getsockname()[0])
        with socket.create_connection((host or "localhost", server.getsockname()[1])) as client:
            there, address = server.accept()
            print(address[0], there.getsockname()[0], there.send(b"x"), client.recv(1))
            there.close()
with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket(type=socket.SOCK_DGRAM) as client:
    udp.bind(("", 0))
    client.sendto(b"x", ("127.0.0.1", udp.getsockname()[1]))
    data, address = udp.recvfrom(10)
    print(data, address[0], udp.getsockname()[0], udp.sendto(b"y", address), client.recv(1))
