"""TCP ping: how long it takes to open a connection to another vessel, and to send a line there and back over it.

    seattle get 2
    seattle run examples/ping/tcp_ping.py

The first of two vessels answers, the second prints `connected in 1.3 ms`, a line for each of ten round trips, and
`0.3 / 0.4 / 0.9 ms at least, on average, at most`. `--name NAME` is for several runs at the same time.
"""

import socket
import time

import rendezvous

COUNT = 10
PATIENCE = 10.0  # seconds for all of it


def answer_at(place):
    """Send back the lines of one connection."""
    with socket.create_server(place) as server:
        connection, _caller = server.accept()
        with connection, connection.makefile("rwb") as stream:
            for line in stream:
                stream.write(line)
                stream.flush()


def connect(other):
    """A connection; the other one may not listen yet."""
    for _ in range(100):
        began = time.monotonic()
        try:
            connection = socket.create_connection(other, timeout=PATIENCE)
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            print(f"connected in {(time.monotonic() - began) * 1000:.2f} ms")
            return connection
    raise TimeoutError(f"{other[0]} does not answer")


def ping(other):
    """The milliseconds of each round trip."""
    times = []
    with connect(other) as connection, connection.makefile("rwb") as stream:
        for number in range(COUNT):
            began = time.monotonic()
            stream.write(b"ping %d\n" % number)
            stream.flush()
            if stream.readline() != b"ping %d\n" % number:
                raise ConnectionError("the other one does not answer what it is asked")
            times.append((time.monotonic() - began) * 1000)
            print(f"ping {number}: {times[-1]:.2f} ms")
    return times


name = callargs[callargs.index("--name") + 1] if "--name" in callargs else "tcp-ping"
company = rendezvous.meet(name, 2)
if company.index == 0:
    answer_at(company.place)
else:
    times = ping(company.places[0])
    print(f"{min(times):.2f} / {sum(times) / len(times):.2f} / {max(times):.2f} ms at least, on average, at most")
