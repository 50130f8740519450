"""The echo server of the documentation of `selectors`."""

import selectors
import socket
import threading

sel = selectors.DefaultSelector()
finished = []


def accept(sock, mask):
    conn, _ = sock.accept()
    conn.setblocking(False)
    sel.register(conn, selectors.EVENT_READ, read)


def read(conn, mask):
    data = conn.recv(1000)
    if data:
        conn.send(data)
    else:
        sel.unregister(conn)
        conn.close()
        finished.append(mask)


sock = socket.socket()
sock.bind(("localhost", 0))
sock.listen(100)
sock.setblocking(False)
sel.register(sock, selectors.EVENT_READ, accept)
answers = []


def ask(text):
    with socket.create_connection(sock.getsockname()) as client:
        client.sendall(text)
        answers.append(client.recv(100))


threads = [threading.Thread(target=ask, args=(b"hello %d" % number,)) for number in range(5)]
for thread in threads:
    thread.start()
while len(finished) < 5:
    for key, mask in sel.select():
        key.data(key.fileobj, mask)
for thread in threads:
    thread.join()
print(sorted(answers), finished, len(sel.get_map()))
sel.close()
