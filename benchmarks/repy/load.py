"""Starts on a busy machine: while 32 vessels run, 32 at once, and one after the other for seconds.

Latencies are from the request to the monitor's word that the program is on its way. Each started program runs to its
end, which is part of the load. Nothing is pinned.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.repy.start import HELLO
from benchmarks.repy.vessels import Run, Vessels, vessels
from benchmarks.rows import Row, at_least, at_most
from benchmarks.timing import median, percentile

MANY = 32
STARTS = 200
PAUSE = 0.02  # seconds between two starts, on average what a busy node sees
BURSTS = 5
SUSTAINED = 5.0  # seconds
IN_FLIGHT = 4  # launches under way at once

# What a small service does: wake up twenty times a second, compute a little, write a little.
BUSY = """\
n = 0
while True:
    sleep(0.05)
    n += sum(i * i for i in range(200))
    log("")
"""


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with vessels() as warm:
        warm.run(HELLO)
        times = _while_others_run(warm)
        yield Row(name=f"start while {MANY} vessels run, p50", ours=median(times) * 1e3, unit="ms")
        yield Row(
            name=f"start while {MANY} vessels run, p99", ours=percentile(times, 99) * 1e3, unit="ms", target=at_most(50)
        )
        times = [took for _ in range(BURSTS) for took in _burst(warm)]
        yield Row(name=f"{MANY} starts at once, p50", ours=median(times) * 1e3, unit="ms")
        yield Row(name=f"{MANY} starts at once, p99", ours=percentile(times, 99) * 1e3, unit="ms")
        yield Row(
            name="sustained starts",
            ours=_sustained(warm),
            unit="/s",
            target=at_least(100),
            note=f"{IN_FLIGHT} under way at once, each to its end",
        )


def _while_others_run(warm: Vessels) -> list[float]:
    with ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(warm.start(BUSY))
        times = []
        for _ in range(STARTS):
            time.sleep(PAUSE)
            times.append(_finish(warm.launch(HELLO)))
        return times


def _burst(warm: Vessels) -> list[float]:
    time.sleep(0.5)  # the nursery comes to rest
    with ExitStack() as stack:
        runs = [stack.enter_context(warm.launch(HELLO)) for _ in range(MANY)]
        return [run.wait_until_started().started_after for run in runs]


def _sustained(warm: Vessels) -> float:
    """Starts a second."""
    under_way = deque(warm.launch(HELLO) for _ in range(IN_FLIGHT))
    began, count = time.perf_counter(), 0
    while (now := time.perf_counter()) < began + SUSTAINED:
        _finish(under_way.popleft())
        count += 1
        under_way.append(warm.launch(HELLO))
    for run in under_way:
        _finish(run)
    return count / (now - began)


def _finish(run: Run) -> float:
    with run:
        run.wait_until_started().wait()
        return run.started_after
