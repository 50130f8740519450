"""UDP over loopback with all limits lifted: datagrams of 8 KiB from a vessel's program, as they arrive in bare Python.

What the receiver is too slow for is lost and not counted. CPUs as in `tcp.py`; the fastest round counts.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator

from benchmarks.machine import pinned
from benchmarks.repy.vessels import Vessels, vessels
from benchmarks.rows import Row
from benchmarks.timing import by_turns

ROUNDS = 5
DATAGRAMS = 8_000
SIZE = 8192  # bytes
PORTS = range(63101, 63103)  # of the vessel, and ours, which counts as another vessel's
BUFFER = 4 << 20  # bytes, if the system allows so many
SILENCE = 0.3  # seconds after which all has come that will

SEND = f"""\
listener = listenformessage("127.0.0.1", {PORTS[0]})
data = b"x" * {SIZE}
for _ in range({DATAGRAMS}):
    sendmessage("127.0.0.1", {PORTS[1]}, data, "127.0.0.1", {PORTS[0]})
"""


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with pinned(), vessels() as warm:
        ours, bare = by_turns(lambda: _received(lambda: _send_from(warm)), lambda: _received(_send), rounds=ROUNDS)
    yield Row(
        name="UDP send, 8 KiB datagrams",
        ours=max(ours) / 1e6,
        peer=max(bare) / 1e6,
        unit="MB/s",
        peer_name="python3 in its place",
    )


def _received(send: Callable[[], None]) -> float:
    """Bytes a second that arrive while a child of ours sends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        receiver.bind(("127.0.0.1", PORTS[1]))
        receiver.settimeout(10)
        child = os.fork()
        if child == 0:
            try:
                send()
            finally:
                os._exit(0)
        try:
            with pinned(last=True):
                return _count(receiver)
        finally:
            os.waitpid(child, 0)


def _count(receiver: socket.socket) -> float:
    buffer = bytearray(SIZE)
    got = -receiver.recv_into(buffer) + SIZE  # the clock starts with the first, which does not count
    receiver.settimeout(SILENCE)
    began = last = time.perf_counter()
    try:
        while True:
            got += receiver.recv_into(buffer)
            last = time.perf_counter()
    except TimeoutError:
        return got / (last - began)


def _send_from(warm: Vessels) -> None:
    warm.run(SEND)


def _send() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", PORTS[0]))
        data = b"x" * SIZE
        for _ in range(DATAGRAMS):
            sender.sendto(data, ("127.0.0.1", PORTS[1]))
