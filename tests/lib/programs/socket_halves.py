"""One side says that no more will come, and hears the answer."""

import errno
import socket
import threading

server = socket.create_server(("127.0.0.1", 0))


def serve():
    there, _ = server.accept()
    with there:
        data = b""
        while piece := there.recv(3):
            data += piece
        there.sendall(data.upper())


thread = threading.Thread(target=serve)
thread.start()
with socket.create_connection(server.getsockname()) as client:
    client.sendall(b"all of the question")
    print(client.shutdown(socket.SHUT_WR))
    try:
        client.send(b"more")
    except BrokenPipeError as why:
        print(why)
    answer = b""
    while piece := client.recv(100):
        answer += piece
    print(answer)
thread.join()

ours, theirs = socket.socketpair()
theirs.sendall(b"unread")
ours.shutdown(socket.SHUT_RDWR)
print(theirs.recv(10), ours.recv(100) in (b"", b"unread"))
fresh = socket.socket()
for how in (socket.SHUT_RD, 7):
    try:
        fresh.shutdown(how)
    except OSError as why:
        print(errno.errorcode[why.errno])
