"""From a user's call to a program's first line, and from a user's call to the end of a hundred programs.

All over the broker, by sealed calls to real nodes with both walls.
"""

import asyncio
import time
from collections.abc import Iterator

from benchmarks.node.testbed import testbed
from benchmarks.node.vessel import PROGRAM, Vessel, all_vessels, each
from benchmarks.rows import Row, at_most
from benchmarks.timing import median, percentile
from seattle.fabric import node_api as api
from seattle.fabric.operations import Ask
from seattle.fabric.transfer import upload

STARTS = 30
NODES, VESSELS = 10, 10
STOPS = 5  # of all of them
HELLO = b'print("hello")\n'


def measure() -> Iterator[Row]:
    """The rows of this file."""
    times = asyncio.run(_first_lines())
    yield Row(name="start to first log line, p50", ours=median(times) * 1e3, unit="ms", target=at_most(60))
    yield Row(name="start to first log line, p99", ours=percentile(times, 99) * 1e3, unit="ms")
    yield Row(
        name=f"stop {NODES * VESSELS} vessels",
        ours=median(asyncio.run(_stops())) * 1e3,
        unit="ms",
        target=at_most(250),
        note=f"on {NODES} nodes, from the first call to the last reply, which says that it has ended",
    )


async def _first_lines() -> list[float]:
    async with testbed(nodes=1, vessels=1) as bed:
        ask = bed.asking(0)
        await upload(ask, vessel="v1", name=PROGRAM, content=HELLO)
        return [await _first_line(ask) for _ in range(STARTS + 1)][1:]


async def _first_line(ask: Ask) -> float:
    began = time.perf_counter()
    started = await ask(api.START, api.Start(vessel="v1", program=PROGRAM))
    offset = started.log_offset
    took = 0.0
    while True:
        piece = await ask(api.READ_LOG, api.ReadLog(vessel="v1", offset=offset, wait=5.0))
        offset = piece.next_offset
        took = took or (time.perf_counter() - began if piece.data else 0.0)
        if piece.ended:
            return took


async def _stops() -> list[float]:
    async with testbed(nodes=NODES, vessels=VESSELS) as bed:
        vessels = await all_vessels(bed)
        times = []
        for _ in range(STOPS):
            await each(vessels, Vessel.start_idle)
            began = time.perf_counter()
            await each(vessels, Vessel.stop)
            times.append(time.perf_counter() - began)
        return times
