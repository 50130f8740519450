"""Calls that stay inside the guest: the clock, and the making of a virtual namespace.

Beside what bare Python does to the same end. The fastest round counts; nothing is pinned.
"""

import time
from collections.abc import Iterator

from benchmarks.repy.vessels import vessels
from benchmarks.rows import Row, at_most
from benchmarks.timing import by_turns

ROUNDS = 7
CALLS, NAMESPACES = 100_000, 50

# Some of everything that code is made of.
CODE = """\
import math

class Circle:
    def __init__(self, radius):
        self.radius = radius

    def area(self):
        return math.pi * self.radius ** 2

def total(circles):
    sizes = {f"{c.radius:.1f}": c.area() for c in circles if c.radius > 0}
    return sum(sizes.values())

result = total([Circle(n) for n in range(3)])
"""
CLOCK = f"""\
best = 1
for _ in range(5):
    began = getruntime()
    for _ in range({CALLS}):
        getruntime()
    best = min(best, (getruntime() - began) / {CALLS})
print(best)
"""
NAMESPACE = f"""\
code = {CODE!r}
best = 1
for _ in range(5):
    began = getruntime()
    for n in range({NAMESPACES}):
        createvirtualnamespace(code, "code")
    made = getruntime()
    best = min(best, (made - began) / {NAMESPACES})
print(best)
createvirtualnamespace(code, "code").evaluate(_context.copy())
"""


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with vessels() as warm:
        clock, bare_clock = by_turns(lambda: float(warm.run(CLOCK)), _clock, rounds=ROUNDS)
        made, compiled = by_turns(lambda: float(warm.run(NAMESPACE)), _compile, rounds=ROUNDS)
    yield Row(
        name="getruntime",
        ours=min(clock) * 1e6,
        peer=min(bare_clock) * 1e6,
        unit="us",
        target=at_most(0.5),
        peer_name="time.monotonic",
    )
    yield Row(
        name="createvirtualnamespace, 14 lines",
        ours=min(made) * 1e3,
        peer=min(compiled) * 1e3,
        unit="ms",
        target=at_most(2),
        peer_name="compile",
    )


def _clock() -> float:
    """Seconds a call."""
    began = time.perf_counter()
    for _ in range(CALLS):
        time.monotonic()
    return (time.perf_counter() - began) / CALLS


def _compile() -> float:
    """Seconds for the code."""
    began = time.perf_counter()
    for _ in range(NAMESPACES):
        compile(CODE, "code", "exec")
    return (time.perf_counter() - began) / NAMESPACES
