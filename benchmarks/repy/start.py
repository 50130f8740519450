"""How long until a program runs in a vessel, with a nursery that waits for it and with none.

From the request to the monitor's word that the program is on its way into the guest; median of many, nothing pinned.
"""

import time
from collections.abc import Iterator

from benchmarks.repy.vessels import Vessels, vessels
from benchmarks.rows import Row, at_most
from benchmarks.timing import median

WARM, COLD = 60, 5  # rounds
HELLO = 'print("hello")\n'


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with vessels() as warm:
        times = [_start(warm) for _ in range(WARM + 1)][1:]
    yield Row(name="start from the nursery", ours=median(times) * 1e3, unit="ms", target=at_most(15))
    times = [_cold_start() for _ in range(COLD)]
    yield Row(
        name="start with no nursery", ours=median(times) * 1e3, unit="ms", note="the nursery's own start included"
    )


def _start(warm: Vessels) -> float:
    with warm.start(HELLO) as run:
        run.wait()
        return run.started_after


def _cold_start() -> float:
    began = time.perf_counter()
    with vessels() as cold, cold.start(HELLO):
        return time.perf_counter() - began
