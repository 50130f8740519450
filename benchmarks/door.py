"""What a call through the door costs, beside a bare ping-pong of two Python processes over the same kind of socket."""

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.comparison import Comparison, side_by_side
from benchmarks.limits import LIFTED
from benchmarks.warm_nursery import WarmNursery, nursery

CALLS = 5_000
ROUNDS = 15

# `log` without arguments does nothing, but it goes all the way: the guest's side, door, monitor, meter, and back.
PROGRAM = f"""\
sleep(0.1)  # the nursery makes its next spare meanwhile, on the same CPU
for _ in range(500):
    log()
began = getruntime()
for _ in range({CALLS}):
    log()
print((getruntime() - began) / {CALLS})
"""
QUESTION, ANSWER = b"\x92\xa3Log\xc4\x00", b"\x92\xa4Done\xc0"  # as long as the frames of that call


def measure() -> Iterator[Comparison]:
    """The rows of this file.

    Both pairs of processes share one CPU. Spread over two, both mostly measure how long a virtual CPU takes to wake.
    The fastest round counts: what disturbs one this short only ever adds to it.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        with tempfile.TemporaryDirectory() as name, nursery(Path(name)) as warm:
            ours, peer = side_by_side(lambda: _through_the_door(warm), _ping_pong, rounds=ROUNDS)
    finally:
        os.sched_setaffinity(0, before)
    yield Comparison("no-op door call", min(ours) * 1e6, min(peer) * 1e6, "us", 1.6, "bare socket ping-pong")


def _through_the_door(warm: WarmNursery) -> float:
    """Seconds a call."""
    return float(warm.run(PROGRAM, LIFTED))


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
