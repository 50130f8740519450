"""A client with a port of its own choice."""

import socket

with socket.socket() as reserve:
    reserve.bind(("127.0.0.1", 0))
    mine = reserve.getsockname()
with socket.create_server(("127.0.0.1", 0)) as server:
    with socket.create_connection(server.getsockname(), source_address=mine) as client:
        there, address = server.accept()
        print(address == mine, client.getsockname() == mine)
        there.close()
        print(client.recv(1))
    with socket.socket() as client:
        client.bind(("127.0.0.1", 0))
        chosen = client.getsockname()
        client.connect(server.getsockname())
        print(server.accept()[1] == chosen)
        try:
            client.connect(server.getsockname())
        except OSError as why:
            print(why)
