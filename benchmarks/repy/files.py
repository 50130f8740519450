"""Reading and writing a vessel's files, beside `os.pread` and `os.pwrite` of bare Python and of other sandboxes.

Everything shares one CPU, as in `door.py`, and the fastest round counts. The file lies in the kernel's cache.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence

from benchmarks.machine import pinned
from benchmarks.peers import SANDBOXES, why_not
from benchmarks.repy.vessels import vessels
from benchmarks.rows import Row, at_least, at_most

ROUNDS = 5
CALLS = 3_000
BULK = 64  # MiB

OURS = f"""\
sleep(0.1)  # the nursery makes its next spare meanwhile, on the same CPU
if "figures" in listfiles():
    removefile("figures")
file = openfile("figures", True)
small, page = b"x" * 64, b"x" * 4096
file.writeat(page, 0)

def cost(call, *arguments):
    for _ in range(200):
        call(*arguments)
    began = getruntime()
    for _ in range({CALLS}):
        call(*arguments)
    return (getruntime() - began) / {CALLS}

times = [cost(file.readat, 64, 0), cost(file.writeat, small, 0)]
times += [cost(file.readat, 4096, 0), cost(file.writeat, page, 0)]
mebibyte = b"x" * (1 << 20)
began = getruntime()
for n in range({BULK}):
    file.writeat(mebibyte, n << 20)
wrote = getruntime()
for n in range({BULK}):
    if len(file.readat(1 << 20, n << 20)) != 1 << 20:
        raise ValueError("read too little")
print(*times, {BULK} * 1.048576 / (getruntime() - wrote), {BULK} * 1.048576 / (wrote - began))
"""
THEIRS = f"""\
import os, time
if True:
    fd = os.memfd_create("figures")
    small, page = b"x" * 64, b"x" * 4096
    os.pwrite(fd, page, 0)

    def cost(call, *arguments):
        for _ in range(200):
            call(*arguments)
        began = time.perf_counter()
        for _ in range({CALLS}):
            call(*arguments)
        return (time.perf_counter() - began) / {CALLS}

    print(cost(os.pread, fd, 64, 0), cost(os.pwrite, fd, small, 0),
          cost(os.pread, fd, 4096, 0), cost(os.pwrite, fd, page, 0))
"""
NAMES = ("64-byte file read", "64-byte file write", "4 KiB file read", "4 KiB file write")
TARGETS = (at_most(30), at_most(30), None, None)


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with pinned():
        with vessels() as warm:
            rounds = [[float(word) for word in warm.run(OURS).split()] for _ in range(ROUNDS)]
        columns = list(zip(*rounds, strict=True))
        ours = [min(column) * 1e6 for column in columns[:4]]
        bare = _theirs((), rounds=ROUNDS)
        for name, mine, peer, target in zip(NAMES, ours, bare, TARGETS, strict=True):
            yield Row(
                name=name, ours=mine, peer=peer, unit="us", target=target, peer_name="python3, os.pread or pwrite"
            )
        for sandbox in SANDBOXES:
            name, mine = NAMES[0], ours[0]
            if missing := why_not(sandbox):
                yield Row(name=name, ours=mine, unit="us", peer_name=sandbox.name, note=missing)
            else:
                yield Row(
                    name=name, ours=mine, peer=_theirs(sandbox.words, rounds=1)[0], unit="us", peer_name=sandbox.name
                )
    yield Row(name="bulk file read", ours=max(columns[4]), unit="MB/s", target=at_least(200))
    yield Row(name="bulk file write", ours=max(columns[5]), unit="MB/s")


def _theirs(words: Sequence[str], *, rounds: int) -> list[float]:
    """Microseconds for each of `NAMES`, of a Python started with these words before it."""
    command = [*words, sys.executable, "-c", THEIRS]
    outputs = [subprocess.run(command, capture_output=True, check=True, text=True).stdout for _ in range(rounds)]
    return [min(column) * 1e6 for column in zip(*(map(float, output.split()) for output in outputs), strict=True)]
