"""How long until a program runs: a vessel from a warm nursery, and `repy hello.py` beside `python3 hello.py`."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.comparison import Comparison, median, side_by_side
from benchmarks.warm_nursery import nursery

ROUNDS = 60
HELLO = 'print("hello")\n'


def measure() -> Iterator[Comparison]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "hello.py").write_text(HELLO)
        with nursery(folder) as warm:
            times = [warm.start(HELLO) for _ in range(ROUNDS + 1)][1:]
        yield Comparison("vessel start from the nursery", median(times) * 1e3, None, "ms", 15.0)
        yield _hello(folder)


def _hello(folder: Path) -> Comparison:
    repy = Path(sys.executable).with_name("repy")
    ours, peer = side_by_side(
        lambda: _run([str(repy), "hello.py"], folder), lambda: _run([sys.executable, "hello.py"], folder), rounds=ROUNDS
    )
    return Comparison("repy hello.py", median(ours) * 1e3, median(peer) * 1e3, "ms", 1.5, "python3 hello.py")


def _run(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
