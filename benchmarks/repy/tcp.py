"""TCP over loopback with all limits lifted: a vessel's program on one side, bare Python on the other.

Guest and monitor share one CPU and the other side has the last one, if there are several. The program of the first
echo asks for data again and again, so it is always awake; that of the second is plain Python over the library's
`socket`, which sleeps in between, as their peer does. The fastest round counts.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks.machine import pinned
from benchmarks.repy.vessels import PATIENCE, Vessels, vessels
from benchmarks.rows import Row, at_least, at_most
from benchmarks.timing import by_turns

ROUNDS = 5
ECHOES = 3_000
BULK = 256 << 20  # bytes
PORT = 63101  # of the vessels
PIECE = 128 << 10  # bytes

ACCEPT = f"""\
def accept():
    listener = listenforconnection("127.0.0.1", {PORT})
    print("listening")
    while True:
        try:
            return listener.getconnection()[2]
        except SocketWouldBlockError:
            sleep(0.001)

connection = accept()
"""
ECHO = (
    ACCEPT
    + """\
try:
    while True:
        try:
            data = connection.recv(64)
        except SocketWouldBlockError:
            continue
        connection.send(data)
except SocketClosedRemote:
    pass
"""
)
SOCKET_ECHO = f"""\
import socket

listener = socket.create_server(("127.0.0.1", {PORT}))
print("listening")
connection, _ = listener.accept()
while data := connection.recv(64):
    connection.sendall(data)
"""
SEND = (
    ACCEPT
    + f"""\
data = b"x" * {PIECE}
left = {BULK}
while left:
    try:
        left -= connection.send(data[:left])
    except SocketWouldBlockError:
        sleep(0)
connection.close()
"""
)
RECEIVE = (
    ACCEPT
    + f"""\
try:
    while True:
        try:
            connection.recv({PIECE})
        except SocketWouldBlockError:
            sleep(0)
except SocketClosedRemote:
    connection.close()
"""
)
# The same in bare Python: a listener is descriptor 3.
BARE_START = "import socket; c = socket.socket(fileno=3).accept()[0]\n"
BARE_ECHO = BARE_START + "while data := c.recv(64): c.send(data)"
BARE_SEND = BARE_START + f"data = b'x' * {PIECE}\nleft = {BULK}\nwhile left: left -= c.send(data[:left])"
BARE_RECEIVE = BARE_START + f"while c.recv({PIECE}): pass"


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with pinned(), vessels() as warm:

        def ours(program: str, client: Client) -> Callable[[], float]:
            return lambda: _of_a_vessel(warm, program, client)

        echo, bare_echo = by_turns(ours(ECHO, _echo), lambda: _of_python(BARE_ECHO, _echo), rounds=ROUNDS)
        plain, bare_plain = by_turns(ours(SOCKET_ECHO, _echo), lambda: _of_python(BARE_ECHO, _echo), rounds=ROUNDS)
        send, bare_send = by_turns(ours(SEND, _receive), lambda: _of_python(BARE_SEND, _receive), rounds=ROUNDS)
        receive, bare_receive = by_turns(ours(RECEIVE, _send), lambda: _of_python(BARE_RECEIVE, _send), rounds=ROUNDS)
    yield Row(
        name="64-byte TCP echo",
        ours=min(echo) * 1e6,
        peer=min(bare_echo) * 1e6,
        unit="us",
        target=at_most(90),
        peer_name="python3 as the server",
    )
    yield Row(
        name="64-byte TCP echo, with socket",
        ours=min(plain) * 1e6,
        peer=min(bare_plain) * 1e6,
        unit="us",
        target=at_most(150),
        peer_name="the same server under python3",
    )
    for name, rates, bare in (("TCP send", send, bare_send), ("TCP receive", receive, bare_receive)):
        yield Row(
            name=name,
            ours=max(rates) / 1e6,
            peer=max(bare) / 1e6,
            unit="MB/s",
            target=at_least(300),
            peer_name="python3 in its place",
        )


Client = Callable[[socket.socket], float]


def _of_a_vessel(warm: Vessels, program: str, client: Client) -> float:
    with warm.start(program) as run:
        while "listening" not in run.output:
            time.sleep(0.001)
        figure = _measured(client, PORT)
        run.wait()
    return figure


def _of_python(program: str, client: Client) -> float:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = f"import os; os.dup2({listener.fileno()}, 3)\n{program}"
        server = subprocess.Popen([sys.executable, "-c", command], pass_fds=[listener.fileno()])
    try:
        return _measured(client, port)
    finally:
        server.wait(PATIENCE)


def _measured(client: Client, port: int) -> float:
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as line, pinned(last=True):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client(line)


def _echo(line: socket.socket) -> float:
    """Seconds a round trip."""
    question, buffer = b"x" * 64, bytearray(64)
    for _ in range(200):
        line.sendall(question)
        line.recv_into(buffer)
    began = time.perf_counter()
    for _ in range(ECHOES):
        line.sendall(question)
        line.recv_into(buffer)
    return (time.perf_counter() - began) / ECHOES


def _receive(line: socket.socket) -> float:
    """Bytes a second that the other side sends."""
    buffer, got = bytearray(PIECE), 0
    began = time.perf_counter()
    while size := line.recv_into(buffer):
        got += size
    return got / (time.perf_counter() - began)


def _send(line: socket.socket) -> float:
    """Bytes a second that the other side takes; it has taken all when it hangs up."""
    data = b"x" * PIECE
    began = time.perf_counter()
    for _ in range(BULK // PIECE):
        line.sendall(data)
    line.shutdown(socket.SHUT_WR)
    line.recv(1)
    return BULK / (time.perf_counter() - began)
