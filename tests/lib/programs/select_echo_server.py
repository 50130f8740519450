"""An echo server in one thread with select, and clients in others."""

import select
import socket
import threading

server = socket.create_server(("127.0.0.1", 0))
answers = {}


def ask(number):
    with socket.create_connection(server.getsockname(), timeout=20) as client:
        for turn in range(20):
            client.sendall(b"%d " % turn)
            answers[number] = answers.get(number, b"") + client.recv(10)


threads = [threading.Thread(target=ask, args=(number,)) for number in range(5)]
for thread in threads:
    thread.start()
connections, served = [], 0
while served < 5:
    for one in select.select([server, *connections], [], [])[0]:
        if one is server:
            connections.append(server.accept()[0])
        elif data := one.recv(100):
            one.sendall(data)
        else:
            connections.remove(one)
            one.close()
            served += 1
for thread in threads:
    thread.join()
print(sorted(answers.items()))
