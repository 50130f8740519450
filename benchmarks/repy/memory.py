"""Memory of idle vessels: each process's fair share of what it shares, and all of what it does not (PSS).

One figure for a pair of guest and monitor alone with the nursery, one for fifty pairs, nursery and spare included.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.repy.vessels import Vessels, vessels
from benchmarks.rows import Row, at_most

MANY = 50
IDLE = """\
print("idle")
sleep(3600)
"""


def measure() -> Iterator[Row]:
    """The rows of this file."""
    alone, many = "private memory of a pair (PSS)", f"{MANY} idle vessels, nursery included"
    if os.geteuid() != 0:
        for name in (alone, many):
            yield Row(name=name, ours=None, unit="MB", note="only root may look into a guest")
        return
    with vessels() as warm, ExitStack() as stack:
        pair = _start(warm, stack)
        yield Row(name=alone, ours=sum(map(_pss, pair)) / 1e6, unit="MB", target=at_most(6))
        pairs = [pair, *(_start(warm, stack) for _ in range(MANY - 1))]
        # The nursery is the monitors' parent; its children are monitors and spares, and theirs are guests.
        total = sum(map(_pss, _family(_parent(pair[1]))))
        assert len(pairs) == MANY
        yield Row(name=many, ours=total / 1e6, unit="MB", target=at_most(512))


def _start(warm: Vessels, stack: ExitStack) -> tuple[int, int]:
    """Guest and monitor of a program that has begun to idle."""
    run = stack.enter_context(warm.start(IDLE))
    while "idle" not in run.output:
        time.sleep(0.001)
    return run.guest, run.monitor


def _pss(pid: int) -> int:
    """Bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"the kernel does not say how much memory process {pid} has")


def _family(pid: int) -> list[int]:
    """A process, its children, and theirs."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
