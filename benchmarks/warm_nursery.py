"""A nursery of the benchmark's own, and programs run in it without a command in between."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from seattle.repy import launch
from seattle.repy.launch import LaunchRequest
from seattle.repy.spawn import listen, spawn_nursery


class WarmNursery:
    """Runs programs, one at a time."""

    def __init__(self, folder: Path, path: Path) -> None:
        self._folder = folder
        self._path = path

    def start(self, text: str) -> float:
        """Run a program to its end; seconds from the launch request to the monitor's word that it has started."""
        return self._run(text, "")[0]

    def run(self, text: str, restrictions: str) -> str:
        """Run a program to its end; what it printed."""
        return self._run(text, restrictions)[1]

    def _run(self, text: str, restrictions: str) -> tuple[float, str]:
        program, output = self._folder / "program.py", self._folder / "output"
        program.write_text(text)
        request = LaunchRequest(program="program.py", arguments=[], restrictions=restrictions).encode()
        with ExitStack() as stack:
            line = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            fds = [stack.enter_context(file).fileno() for file in (program.open("rb"), output.open("wb"))]
            folder = os.open(self._folder, os.O_RDONLY)
            stack.callback(os.close, folder)
            began = time.perf_counter()
            line.connect(str(self._path))
            socket.send_fds(line, [request], [fds[0], folder, fds[1]])
            started = launch.unpack(line.recv(launch.MAX_PACKET))
            took = time.perf_counter() - began
            ended = launch.unpack(line.recv(launch.MAX_PACKET))
        if started[0] != launch.STARTED or ended[:2] != [launch.ENDED, "0"]:
            raise RuntimeError(f"the program did not run: {started} {ended}")
        return took, output.read_text()


@contextmanager
def nursery(folder: Path) -> Iterator[WarmNursery]:
    """A nursery that works in `folder` and ends with the block."""
    keep, lifeline = os.pipe()
    with listen(folder / "nursery") as listener:
        process = spawn_nursery(listener, lifeline=keep)
    os.close(keep)
    try:
        yield WarmNursery(folder, folder / "nursery")
    finally:
        os.close(lifeline)
        process.wait(10)
