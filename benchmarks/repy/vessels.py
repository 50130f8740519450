"""A nursery of the benchmark's own, and programs run in it without a command in between."""

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.repy.limits import LIFTED
from seattle.repy import launch
from seattle.repy.launch import LaunchRequest
from seattle.repy.spawn import listen, spawn_nursery

PATIENCE = 120.0  # seconds; nothing here takes so long, and what hangs ends the benchmark


class Run:
    """A program that was launched. Leaving the block stops it."""

    def __init__(self, line: socket.socket, output: int, began: float) -> None:
        self.line = line
        self.began = began
        self.guest = -1
        self.started_after = 0.0
        """Seconds from the launch request to the monitor's word that it has started."""
        self._output = output

    def wait_until_started(self) -> Self:
        """Hear that it has."""
        words = self._hear()
        self.started_after = time.perf_counter() - self.began
        if words[0] != launch.STARTED:
            raise RuntimeError(f"the program did not start: {words}")
        self.guest = int(words[1])
        return self

    @property
    def monitor(self) -> int:
        """The monitor's process id: it is the guest's parent."""
        return int(Path(f"/proc/{self.guest}/stat").read_text().rpartition(")")[2].split()[1])

    @property
    def output(self) -> str:
        """All that it wrote so far."""
        return os.pread(self._output, 1 << 20, 0).decode()

    def wait_for_output(self, text: str) -> None:
        """Until it has written this."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.output:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the program does not write {text!r}, but {self.output!r}")
            time.sleep(0.01)  # a file tells nobody that it grows

    def freeze(self) -> None:
        """Let it stand still, as a donor may."""
        self.line.send(launch.pack(launch.FREEZE))

    def thaw(self) -> None:
        """Let it go on."""
        self.line.send(launch.pack(launch.THAW))

    def wait(self) -> str:
        """Until it has ended well; its output."""
        ended = self._hear()
        if ended[:2] != [launch.ENDED, "0"]:
            raise RuntimeError(f"the program failed: {ended}\n{self.output}")
        return self.output

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.line.close()
        os.close(self._output)

    def _hear(self) -> list[str]:
        return launch.unpack(self.line.recv(launch.MAX_PACKET))


class Vessels:
    """Starts programs in a nursery, all in the folder `files`."""

    def __init__(self, files: Path, path: Path) -> None:
        self.files = files
        self._path = path

    def launch(
        self, text: str, *arguments: object, restrictions: str = LIFTED, loopback_ports: str = "", walls: str = "both"
    ) -> Run:
        """Ask for a run and do not wait for anything."""
        request = LaunchRequest(
            program="program.py",
            arguments=[str(argument) for argument in arguments],
            restrictions=restrictions,
            loopback_ports=loopback_ports,
            walls=walls,
        ).encode()
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.settimeout(PATIENCE)
        output = os.memfd_create("output", os.MFD_CLOEXEC)
        with ExitStack() as stack:
            program = os.memfd_create("program", os.MFD_CLOEXEC)
            stack.callback(os.close, program)
            os.write(program, text.encode())
            os.lseek(program, 0, os.SEEK_SET)
            folder = os.open(self.files, os.O_RDONLY | os.O_CLOEXEC)
            stack.callback(os.close, folder)
            began = time.perf_counter()
            line.connect(str(self._path))
            socket.send_fds(line, [request], [program, folder, output])
        return Run(line, output, began)

    def start(self, text: str, *arguments: object, **options: str) -> Run:
        """Start a program; takes what `launch` takes."""
        return self.launch(text, *arguments, **options).wait_until_started()

    def run(self, text: str, *arguments: object) -> str:
        """Run a program to its end; what it wrote."""
        with self.start(text, *arguments) as run:
            return run.wait()


@contextmanager
def vessels() -> Iterator[Vessels]:
    """A nursery, and a folder for its vessels; both end with the block."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = folder / "vessel"
        files.mkdir()
        keep, lifeline = os.pipe()
        with listen(folder / "nursery") as listener:
            process = spawn_nursery(listener, lifeline=keep)
        os.close(keep)
        try:
            yield Vessels(files, folder / "nursery")
        finally:
            os.close(lifeline)
            process.wait(PATIENCE)
