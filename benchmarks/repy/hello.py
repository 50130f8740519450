"""`repy hello.py` beside `python3 hello.py`, and beside `python3` in other sandboxes: whole commands, median of rounds.

Ours has a nursery that waits, as it has from a user's second command on; nothing is pinned.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.peers import SANDBOXES, why_not
from benchmarks.rows import Row, at_most_times
from benchmarks.timing import by_turns, median

ROUNDS, ROUNDS_OF_SANDBOXES = 40, 8


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hello.py").write_text('print("hello")\n')
        repy = _command([str(Path(sys.executable).with_name("repy")), "hello.py"], folder)
        ours, bare = by_turns(repy, _command([sys.executable, "hello.py"], folder), rounds=ROUNDS)
        yield Row(
            name="repy hello.py",
            ours=median(ours) * 1e3,
            peer=median(bare) * 1e3,
            unit="ms",
            target=at_most_times(1.5),
            peer_name="python3 hello.py",
        )
        for sandbox in SANDBOXES:
            if missing := why_not(sandbox):
                yield Row(name="repy hello.py", ours=None, unit="ms", peer_name=sandbox.name, note=missing)
                continue
            peer = _command([*sandbox.words, sys.executable, str(Path(folder, "hello.py"))], folder)
            ours, theirs = by_turns(repy, peer, rounds=ROUNDS_OF_SANDBOXES)
            yield Row(
                name="repy hello.py",
                ours=median(ours) * 1e3,
                peer=median(theirs) * 1e3,
                unit="ms",
                peer_name=sandbox.name,
            )


def _command(words: list[str], folder: str) -> Callable[[], float]:
    def run() -> float:
        began = time.perf_counter()
        subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - began

    return run
