"""Replies that are none: the client says which exception it is, and how much came."""

import http.client
import socket
import threading

REPLIES = [
    b"",
    b"nonsense\r\n\r\n",
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/1.1 99 Low\r\n\r\n",
    b"HTTP/2.0 200 OK\r\n\r\n",
    b"HTTP/1.1 200 " + b"x" * 70000,
    b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 150 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nafter a while",
    b"HTTP/1.0 200\r\nX-A: 1\r\n folded\r\nx-a: 2\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\nX-A: bare newlines\n\nbody",
]
listener = socket.create_server(("127.0.0.1", 0))


def serve():
    for reply in REPLIES:
        connection, _ = listener.accept()
        with connection:
            while not connection.recv(65536).endswith(b"\r\n\r\n"):
                pass
            connection.sendall(reply)


threading.Thread(target=serve).start()
for reply in REPLIES:
    client = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=10)
    client.request("GET", "/")
    try:
        response = client.getresponse()
        print(response.status, response.reason, response.headers.get_all("X-A"), response.read())
    except http.client.IncompleteRead as error:
        print("IncompleteRead", error.partial, error.expected)
    except http.client.HTTPException as error:
        print(type(error).__name__, isinstance(error, OSError))
    client.close()
listener.close()
