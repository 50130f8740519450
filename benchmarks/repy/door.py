"""What a call through the door costs, beside a bare ping-pong of two Python processes over the same kind of socket.

All processes share one CPU, ours and the peer's. Spread over two, both mostly measure how long a virtual CPU takes to
wake. For the cost of a call the fastest round counts: what disturbs one so short only ever adds to it. The spread of
single calls is that of all rounds, disturbed ones included.
"""

import os
import socket
import time
from collections.abc import Iterator

from benchmarks.machine import pinned
from benchmarks.repy.vessels import Vessels, vessels
from benchmarks.rows import Row, at_least, at_most, at_most_times
from benchmarks.timing import by_turns, median

CALLS = 5_000
ROUNDS = 12

# `log` without arguments does nothing, but it goes all the way: the guest's side, door, monitor, meter, and back.
COST = f"""\
sleep(0.1)  # the nursery makes its next spare meanwhile, on the same CPU
for _ in range(500):
    log()
began = getruntime()
for _ in range({CALLS}):
    log()
print((getruntime() - began) / {CALLS})
"""
SPREAD = f"""\
sleep(0.1)
for _ in range(500):
    log()
times = [getruntime()]
for _ in range({CALLS}):
    log()
    times.append(getruntime())
calls = sorted(after - before for before, after in zip(times, times[1:]))
print(calls[len(calls) // 2], calls[len(calls) * 99 // 100], len(calls) / (times[-1] - times[0]))
"""
QUESTION, ANSWER = b"\x92\xa3Log\xc4\x00", b"\x92\xa4Done\xc0"  # as long as the frames of that call


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with pinned(), vessels() as warm:
        ours, peer = by_turns(lambda: float(warm.run(COST)), _ping_pong, rounds=ROUNDS)
        spreads = [_spread(warm) for _ in range(ROUNDS)]
    yield Row(
        name="no-op door call",
        ours=min(ours) * 1e6,
        peer=min(peer) * 1e6,
        unit="us",
        target=at_most_times(2),
        peer_name="bare socket ping-pong",
    )
    p50, p99, rate = (median(list(column)) for column in zip(*spreads, strict=True))
    yield Row(name="no-op door call, p50", ours=p50 * 1e6, unit="us")
    yield Row(name="no-op door call, p99", ours=p99 * 1e6, unit="us", target=at_most(150))
    yield Row(name="no-op door calls a second", ours=rate, unit="/s", target=at_least(15_000))


def _spread(warm: Vessels) -> tuple[float, float, float]:
    """p50 and p99 in seconds, calls a second."""
    p50, p99, rate = map(float, warm.run(SPREAD).split())
    return p50, p99, rate


def _ping_pong() -> float:
    """Seconds a round trip, client and server each as lean as Python can be."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        try:
            ours.close()
            while theirs.recv(4096):
                theirs.send(ANSWER)
        finally:
            os._exit(0)
    theirs.close()
    with ours:
        for _ in range(500):
            ours.send(QUESTION)
            ours.recv(4096)
        began = time.perf_counter()
        for _ in range(CALLS):
            ours.send(QUESTION)
            ours.recv(4096)
        took = (time.perf_counter() - began) / CALLS
    os.waitpid(child, 0)
    return took
