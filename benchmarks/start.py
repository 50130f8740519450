"""How long until a program runs: a vessel from a warm nursery, and `repy hello.py` beside `python3 hello.py`."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.comparison import Comparison, median, side_by_side
from seattle.repy import launch
from seattle.repy.launch import LaunchRequest
from seattle.repy.spawn import listen, spawn_nursery

ROUNDS = 60
HELLO = 'print("hello")\n'


def measure() -> Iterator[Comparison]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "hello.py").write_text(HELLO)
        yield _nursery_start(folder)
        yield _hello(folder)


def _nursery_start(folder: Path) -> Comparison:
    """From the launch request to the moment when the program's first frame can arrive: the monitor says STARTED."""
    with _nursery(folder / "nursery") as path:
        times = [_one_start(folder, path) for _ in range(ROUNDS + 1)][1:]
    return Comparison("vessel start from the nursery", median(times) * 1e3, None, "ms", 15.0)


def _one_start(folder: Path, path: Path) -> float:
    request = LaunchRequest(program="hello.py", arguments=[]).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line, (folder / "hello.py").open() as program:
        here, null = os.open(folder, os.O_RDONLY), os.open(os.devnull, os.O_WRONLY)
        began = time.perf_counter()
        line.connect(str(path))
        socket.send_fds(line, [request], [program.fileno(), here, null])
        words = launch.unpack(line.recv(launch.MAX_PACKET))
        took = time.perf_counter() - began
        if words[0] != launch.STARTED or launch.unpack(line.recv(launch.MAX_PACKET))[:2] != [launch.ENDED, "0"]:
            raise RuntimeError(f"the program did not run: {words}")
        os.close(here)
        os.close(null)
    return took


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


@contextmanager
def _nursery(path: Path) -> Iterator[Path]:
    keep, lifeline = os.pipe()
    with listen(path) as listener:
        nursery = spawn_nursery(listener, lifeline=keep)
    os.close(keep)
    try:
        yield path
    finally:
        os.close(lifeline)
        nursery.wait(10)
