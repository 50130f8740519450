"""How exactly limits hold: the CPU share, bytes sent, and bytes written of three vessels, all at once for a while.

Each figure is that of the window of ten seconds that is furthest from the limit. A rate starts with one second's worth
for free, so windows of bytes begin when that is used up.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import NamedTuple

from benchmarks.repy.limits import limits
from benchmarks.repy.vessels import vessels
from benchmarks.rows import Row, at_most

WINDOW = 10.0  # seconds
LEAD = 2.0  # seconds, until the free second's worth is used up
LOOK = 0.1  # seconds
SHARE, RATE = 0.1, 1_000_000  # of a CPU; bytes a second
SIZE = 16384  # bytes at a time
PORTS = range(63101, 63103)  # of the sender, and ours, which counts as another vessel's

COMPUTE = """\
while True:
    pass
"""
SEND = f"""\
connection = openconnection("127.0.0.1", {PORTS[1]}, "127.0.0.1", {PORTS[0]}, 10)
data = b"x" * {SIZE}
while True:
    try:
        connection.send(data)
    except SocketWouldBlockError:
        sleep(0.01)
"""
WRITE = f"""\
file = openfile("figures", True)
data = b"x" * {SIZE}
while True:
    file.writeat(data, 0)
    log(".")
"""


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with vessels() as warm, ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", PORTS[1])))
        cpu = stack.enter_context(warm.start(COMPUTE, restrictions=limits(cpu=SHARE)))
        disk = stack.enter_context(warm.start(WRITE, restrictions=limits(filewrite=RATE)))
        stack.enter_context(
            warm.start(SEND, restrictions=limits(loopsend=RATE), loopback_ports=f"{PORTS[1]}-{PORTS[1]}")
        )
        line = stack.enter_context(listener.accept()[0])
        line.settimeout(0)
        buffer = bytearray(RATE)
        looks: list[Look] = []
        sent, began = 0, time.perf_counter()
        while (at := time.perf_counter() - began) < LEAD + 1.5 * WINDOW:
            with suppress(BlockingIOError):
                sent += line.recv_into(buffer)
            used = sum(map(_cpu_seconds, (cpu.guest, cpu.monitor)))
            looks.append(Look(at, used, sent, disk.output.count(".") * SIZE))
            time.sleep(LOOK)
    yield _share([(look.at, look.used) for look in looks])
    yield _rate("TCP send", [(look.at, look.sent) for look in looks])
    yield _rate("file write", [(look.at, look.wrote) for look in looks])


class Look(NamedTuple):
    """What the three have done until one moment."""

    at: float  # seconds
    used: float  # CPU seconds, of guest and monitor
    sent: int  # bytes
    wrote: int  # bytes


def _share(used: list[tuple[float, float]]) -> Row:
    """`used` are moments and the CPU seconds until then."""
    worst = max(_rates(used, since=1), key=lambda share: abs(share - SHARE))
    return Row(
        name=f"CPU cap of {SHARE:.0%}, off by at most",
        ours=abs(worst - SHARE) * 100,
        unit="points",
        target=at_most(1),
        note=f"{worst:.2%} of a CPU in the worst {WINDOW:g} s",
    )


def _rate(name: str, done: list[tuple[float, float]]) -> Row:
    """`done` are moments and the bytes until then."""
    worst = max(_rates(done, since=LEAD), key=lambda rate: abs(rate - RATE))
    return Row(
        name=f"{name} cap of {RATE / 1e6:g} MB/s, off by at most",
        ours=abs(worst / RATE - 1) * 100,
        unit="%",
        target=at_most(10),
        note=f"{worst / 1e6:.3f} MB/s in the worst {WINDOW:g} s",
    )


def _rates(done: list[tuple[float, float]], *, since: float) -> Iterator[float]:
    """How much a second in every window that begins after `since` seconds."""
    later = 0
    for at, before in done:
        while later < len(done) and done[later][0] < at + WINDOW:
            later += 1
        if at >= since and later < len(done):
            yield (done[later][1] - before) / (done[later][0] - at)


def _cpu_seconds(pid: int) -> float:
    return time.clock_gettime((~pid << 3) | 2)  # the kernel's name for the clock of all threads of a process
