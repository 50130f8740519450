"""Megabytes in one call, which a thread takes at its own pace."""

import hashlib
import socket
import threading

data = bytes(range(256)) * (5 << 12)
server = socket.create_server(("127.0.0.1", 0))
taken = []


def take():
    there, _ = server.accept()
    digest, total = hashlib.sha256(), 0
    with there:
        while piece := there.recv(1 << 16):
            digest.update(piece)
            total += len(piece)
    taken.append((total, digest.hexdigest()))


thread = threading.Thread(target=take)
thread.start()
with socket.create_connection(server.getsockname()) as client:
    print(client.sendall(data))
thread.join()
print(taken == [(len(data), hashlib.sha256(data).hexdigest())], len(data))
