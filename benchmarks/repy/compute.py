"""Programs that only compute, in a vessel and under bare Python: the same text, the same interpreter.

The programs are in `programs/`; each has a function `run`. A vessel and a bare Python take turns; each runs it several
times, and the fastest time of all rounds counts. A ratio of 1 is bare Python's speed, 0.5 half of it.
"""

import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.repy.vessels import vessels
from benchmarks.rows import Row, at_least_times
from benchmarks.timing import by_turns

ROUNDS = 8
PROGRAMS = sorted(Path(__file__).with_name("programs").glob("*.py"))
LEAST = at_least_times(0.97)

MEASURED = """
fastest = 3600
for _ in range(2):
    began = getruntime()
    run()
    fastest = min(fastest, getruntime() - began)
print(fastest)
"""
CLOCK = "from time import perf_counter as getruntime\n"


def measure() -> Iterator[Row]:
    """The rows of this file."""
    ratios = []
    with vessels() as warm:
        for program in PROGRAMS:
            text = program.read_text() + MEASURED
            bare = [sys.executable, "-I", "-c", CLOCK + text]
            ours, theirs = by_turns(
                lambda text=text: float(warm.run(text)),  # type: ignore[misc]
                lambda bare=bare: float(subprocess.run(bare, capture_output=True, check=True).stdout),  # type: ignore[misc]
                rounds=ROUNDS,
            )
            # Runs a second, so that more is better, as in the target.
            row = Row(
                name=f"compute: {program.stem.replace('_', ' ')}",
                ours=1 / min(ours),
                peer=1 / min(theirs),
                unit="/s",
                peer_name="python3",
            )
            ratios.append(min(theirs) / min(ours))
            yield row
    yield Row(
        name="compute: geometric mean",
        ours=math.prod(ratios) ** (1 / len(ratios)),
        peer=1.0,
        unit="x",
        target=LEAST,
        peer_name="python3",
    )
