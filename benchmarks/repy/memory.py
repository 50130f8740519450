"""Memory of idle vessels, in two ways that the kernel counts it.

PSS is each process's fair share of the pages that it shares, and all of those that it does not; it falls as more
vessels share the nursery's pages. *Unshared* is what nobody else has: what would be free if the process ended, and what
one more vessel costs. One pair of figures for a guest and its monitor alone with the nursery, one for fifty of them,
nursery and spare included.
"""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks.repy.vessels import Vessels, vessels
from benchmarks.rows import Row, at_most
from seattle.repy.demand import CALM

MANY = 50
IDLE = """\
print("idle")
sleep(3600)
"""
ALONE, TOGETHER = "a pair of guest and monitor", f"{MANY} idle vessels, nursery included"


class Memory(NamedTuple):
    """Bytes."""

    pss: int = 0
    unshared: int = 0


def measure() -> Iterator[Row]:
    """The rows of this file."""
    if os.geteuid() != 0:
        for name in (ALONE, TOGETHER):
            yield Row(name=name, ours=None, unit="MB", note="only root may look into a guest")
        return
    with vessels() as warm, ExitStack() as stack:
        pair = _start(warm, stack)
        alone = _total(pair)
        yield Row(name=f"{ALONE}, unshared", ours=alone.unshared / 1e6, unit="MB", target=at_most(6))
        yield Row(name=f"{ALONE}, PSS", ours=alone.pss / 1e6, unit="MB")
        for _ in range(MANY - 1):
            _start(warm, stack)
        time.sleep(CALM + 1)  # by then the nursery is content with one spare again
        # The nursery is the monitors' parent; its children are monitors and spares, and theirs are guests.
        together = _total(family(_parent(pair[1])))
        yield Row(name=f"{TOGETHER}, PSS", ours=together.pss / 1e6, unit="MB", target=at_most(512))
        yield Row(name=f"each of the {MANY}, PSS", ours=together.pss / 1e6 / MANY, unit="MB", target=at_most(12))
        yield Row(name=f"{TOGETHER}, unshared", ours=together.unshared / 1e6, unit="MB")


def _start(warm: Vessels, stack: ExitStack) -> tuple[int, int]:
    """Guest and monitor of a program that has begun to idle."""
    run = stack.enter_context(warm.start(IDLE))
    while "idle" not in run.output:
        time.sleep(0.001)
    return run.guest, run.monitor


def _total(pids: Iterable[int]) -> Memory:
    each = [memory(pid) for pid in pids]
    return Memory(sum(one.pss for one in each), sum(one.unshared for one in each))


def memory(pid: int) -> Memory:
    """Nothing for a process that is gone: the nursery lets go of a spare whenever it likes."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return Memory()
    fields = (line.split() for line in text.splitlines()[1:])
    kilobytes = {name.rstrip(":"): int(count) for name, count, _unit in fields}
    unshared = kilobytes.get("Private_Clean", 0) + kilobytes.get("Private_Dirty", 0)
    return Memory(kilobytes.get("Pss", 0) * 1024, unshared * 1024)


def family(pid: int) -> list[int]:
    """A process, its children, and theirs, of those that are still there."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
