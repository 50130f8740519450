"""Servers that take too long."""

import http.client
import socket
import urllib.error
import urllib.request

silent = socket.create_server(("127.0.0.1", 0))
port = silent.getsockname()[1]
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=0.1)
connection.request("GET", "/")
try:
    connection.getresponse()
except TimeoutError as error:
    print(type(error).__name__, error)
connection.close()
try:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=0.1)
except TimeoutError as error:
    print(type(error).__name__, error)
socket.setdefaulttimeout(0.1)
try:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/")
except TimeoutError as error:
    print(type(error).__name__, error)
silent.close()
