"""What a node costs its donor while its vessels idle: the daemon with twenty vessels, and two hundred on one machine.

A vessel here runs a program that sleeps. PSS counts each page that processes share in fair parts, so sums of it are
what the machine really gives; for a daemon alone, RSS is what people see in `top`. CPU is that of the processes
themselves, of one core.
"""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil

from benchmarks.node.testbed import testbed
from benchmarks.node.vessel import Vessel, all_vessels, each, split
from benchmarks.repy.memory import family, memory
from benchmarks.rows import Row, at_most
from seattle.repy.demand import CALM

VESSELS = 20  # of the daemon that is looked at
MANY_NODES, MANY_VESSELS = 20, 10
SETTLE = 2.0  # seconds after a start until nothing of it is under way
WATCHED = 30.0  # seconds


def measure() -> Iterator[Row]:
    """The rows of this file."""
    if os.geteuid() != 0:
        yield Row(name="idle vessels", ours=None, unit="MB", note="only root may look into a guest")
        return
    yield from asyncio.run(_daemon())
    yield from asyncio.run(_many())


async def _daemon() -> list[Row]:
    async with testbed(nodes=1, vessels=VESSELS // 2) as bed:
        await each(await all_vessels(bed), split)
        vessels = await all_vessels(bed)
        await each(vessels, Vessel.start_idle)
        await asyncio.sleep(SETTLE)
        daemon = bed.local.nodes[0].daemon.process.pid
        busy = await _busy([daemon])
        resident = psutil.Process(daemon).memory_info().rss
    name = f"a daemon with {len(vessels)} vessels that idle"
    return [
        Row(name=f"{name}, RSS", ours=resident / 1e6, unit="MB", target=at_most(60)),
        Row(name=f"{name}, CPU", ours=busy, unit="%", target=at_most(0.5), note=f"of one core, over {WATCHED:g} s"),
    ]


async def _many() -> list[Row]:
    async with testbed(nodes=MANY_NODES, vessels=MANY_VESSELS) as bed:
        vessels = await all_vessels(bed)
        await each(vessels, Vessel.start_idle)
        await asyncio.sleep(SETTLE + CALM)  # by then the nurseries are content with one spare each
        daemons = [node.daemon.process.pid for node in bed.local.nodes]
        everybody = [pid for daemon in daemons for pid in family(daemon)]
        busy = await _busy(everybody)
        total = sum(memory(pid).pss for pid in everybody)
        own = sum(memory(pid).pss for pid in daemons)
    name = f"{len(vessels)} idle vessels of {MANY_NODES} nodes"
    return [
        Row(name=f"{name}, PSS", ours=total / 1e6, unit="MB", note=f"{own / 1e6:.0f} MB of it the nodes' daemons"),
        Row(name=f"{name}, PSS of each", ours=(total - own) / 1e6 / len(vessels), unit="MB", target=at_most(12)),
        Row(name=f"{name}, CPU", ours=busy, unit="%", note=f"of one core, all {len(everybody)} processes"),
    ]


async def _busy(pids: Sequence[int]) -> float:
    """How much of one core these processes use together, in percent, watched for a while."""
    began, before = time.monotonic(), _cpu(pids)
    await asyncio.sleep(WATCHED)
    return 100 * (_cpu(pids) - before) / (time.monotonic() - began)


def _cpu(pids: Sequence[int]) -> float:
    """Seconds that they have used; those that are gone count for nothing."""
    total = 0.0
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            total += times.user + times.system
    return total
