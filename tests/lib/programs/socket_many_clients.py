"""Ten clients at the same time, each with a thread of the server's."""

import socket
import threading

server = socket.create_server(("127.0.0.1", 0))


def serve(there):
    with there:
        while data := there.recv(100):
            there.sendall(data[::-1])


def accept():
    for _ in range(10):
        there, _ = server.accept()
        threading.Thread(target=serve, args=(there,)).start()


answers = {}


def ask(number):
    with socket.create_connection(server.getsockname(), timeout=20) as client:
        for turn in range(5):
            client.sendall(b"%d-%d" % (number, turn))
            answers[number, turn] = client.recv(100)


threads = [threading.Thread(target=accept)] + [threading.Thread(target=ask, args=(number,)) for number in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(answers.items()))
server.close()
