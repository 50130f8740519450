"""Runs of program texts through a real nursery, behind real walls."""

import errno
import gc
import os
import select
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import GeneratorType
from typing import Any, NamedTuple

import pytest
from tests.ports import free_ports

from seattle.repy import launch
from seattle.repy.launch import LaunchRequest
from seattle.repy.monitor.scheduler import Scheduler
from seattle.repy.outcome import OutcomeKind
from seattle.repy.spawn import listen, spawn_nursery
from seattle.resources.defaults import REPY_DEFAULT
from seattle.resources.restrictions import Restrictions, format_restrictions
from seattle.resources.vector import ResourceVector

PATIENCE = 30.0  # seconds; far more than any of these runs takes, so that a run that hangs ends its test
LISTENS = "00010000"  # in /proc/net/unix; the sockets of running programs' monitors have the same path
GONE_WITHIN = 5.0  # seconds after which a killed process has to be gone, on a loaded machine too


class Result(NamedTuple):
    """How a run ended, and all that its program wrote."""

    code: int
    kind: str
    detail: str
    output: str
    notes: list[str]  # what the sandbox itself said meanwhile
    traffic: int  # bytes exchanged with other computers


class Run:
    """A program that was started. Ends with its test."""

    def __init__(self, line: socket.socket, output: int) -> None:
        self.line = line
        self.guest = -1
        self.refused: str | None = None
        self.notes: list[str] = []
        self._output = output
        self._heard = b""
        self._ended: list[str] | None = None

    def wait_until_started(self) -> "Run":
        while self.guest < 0 and self.refused is None and self._ended is None:
            self._step()
        return self

    def wait_for_output(self, text: str) -> str:
        """All output so far, as soon as it contains `text`."""
        while text not in self.output:
            assert self._ended is None, f"the program ended ({self._ended}) and wrote only {self.output!r}"
            self._step()
        return self.output

    def wait(self) -> Result:
        """Until the run's end."""
        while self._ended is None:
            assert self.refused is None, self.refused
            self._step()
        while piece := os.read(self._output, 1 << 16):  # until the monitor has closed its end
            self._heard += piece
        code, kind, detail, *traffic = self._ended
        return Result(int(code), kind, detail, self.output, self.notes, int(*traffic))

    def stop(self, who: str = "a test") -> None:
        self.line.send(launch.pack(launch.STOP, who))

    def usage(self) -> list[str]:
        """Ask for limits, usage and stop times; the answer's words."""
        self.line.send(launch.pack(launch.USAGE))
        assert select.select([self.line], [], [], PATIENCE)[0]
        return launch.unpack(self.line.recv(launch.MAX_PACKET))

    @property
    def monitor(self) -> int:
        """The monitor's process id: it is the guest's parent."""
        return int(Path(f"/proc/{self.guest}/stat").read_text().rpartition(")")[2].split()[1])

    @property
    def output(self) -> str:
        return self._heard.decode("utf-8", "surrogateescape")

    def drop_output(self) -> None:
        """Read what there is, and keep nothing of it."""
        while select.select([self._output], [], [], 0)[0] and os.read(self._output, 1 << 16):
            pass

    def close(self) -> None:
        """Hang up, which ends the run, and see that the guest is gone."""
        self.line.close()
        os.close(self._output)

    def _step(self) -> None:
        line = self.line.fileno()
        ready = select.select([line, self._output], [], [], PATIENCE)[0]
        assert ready, f"nothing happened for {PATIENCE} seconds; output so far: {self.output!r}"
        if self._output in ready:
            piece = os.read(self._output, 1 << 16)
            self._heard += piece
            if not piece:  # the monitor is gone or about to be: only its last word is left
                ready = [line]
        if line in ready:
            try:
                words = launch.unpack(self.line.recv(launch.MAX_PACKET))
            except ConnectionError:
                words = [""]
            match words:
                case [launch.STARTED, guest]:
                    self.guest = int(guest)
                case [launch.NOTE, text]:
                    self.notes.append(text)
                case [launch.ENDED, *rest]:
                    self._ended = rest
                case [launch.REFUSED, why]:
                    self.refused = why
                case _:
                    self._ended = ["7", "lost", "the monitor is gone"]


class Nursery:
    """A private nursery, and what its launcher needs."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "nursery"
        lifeline, self._lifeline = os.pipe()
        with listen(self._path) as listener:
            self.process = spawn_nursery(listener, lifeline=lifeline, log=sys.stderr.fileno())
        os.close(lifeline)

    def start(self, request: LaunchRequest, source: bytes, folder: Path) -> Run:
        hear, tell = os.pipe2(os.O_CLOEXEC)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.connect(str(self._path))
        program = os.memfd_create("program", os.MFD_CLOEXEC)
        os.write(program, source)
        os.lseek(program, 0, os.SEEK_SET)
        vessel = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            socket.send_fds(line, [request.encode()], [program, vessel, tell])
        finally:
            for fd in (program, vessel, tell):
                os.close(fd)
        return Run(line, hear)

    def close(self) -> None:
        os.close(self._lifeline)
        self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    one = Nursery(tmp_path_factory.mktemp("nursery"))
    yield one
    one.close()


@pytest.fixture
def new_nursery(tmp_path: Path) -> Iterator[Callable[[], Nursery]]:
    """Nurseries that a test may do anything to."""
    made: list[Nursery] = []

    def make() -> Nursery:
        folder = tmp_path / f"nursery-{len(made)}"
        folder.mkdir()
        made.append(Nursery(folder))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def no_descriptor_left() -> Iterator[None]:
    """For tests of parts that a monitor never closes: it ends, but pytest goes on."""
    before = open_descriptors()
    yield
    gc.collect()
    for fd in open_descriptors() - before:
        os.close(fd)


def open_descriptors() -> set[int]:
    listed = [int(fd.name) for fd in Path("/proc/self/fd").iterdir()]
    return {fd for fd in listed if os.path.lexists(f"/proc/self/fd/{fd}")}  # all but the one that read the folder


@pytest.fixture
def vessel(tmp_path: Path) -> Path:
    """The folder of the programs' files."""
    folder = tmp_path / "vessel"
    folder.mkdir()
    return folder


@pytest.fixture
def limits() -> Callable[..., ResourceVector]:
    """Limits that differ from the defaults where named."""
    return limits_with


def limits_with(**changes: Any) -> ResourceVector:
    return ResourceVector.from_mapping({**REPY_DEFAULT.to_mapping(), **changes})


@pytest.fixture
def finish() -> Callable[[Any], Any]:
    """Do what a monitor's loop does with a call of the API: a task is run to its end. Its result, or its exception."""

    def finish(call: Any) -> Any:
        if not isinstance(call, GeneratorType):
            return call
        scheduler = Scheduler()
        ended: list[tuple[Any, BaseException | None]] = []

        def done(value: Any, error: BaseException | None) -> None:
            ended.append((value, error))
            scheduler.stop()

        try:
            scheduler.start(call, done)
            scheduler.run()
        finally:
            scheduler.close()
        value, error = ended[0]
        if error is not None:
            raise error
        return value

    return finish


@pytest.fixture
def start(nursery: Nursery, vessel: Path) -> Iterator[Callable[..., Run]]:
    """Start a program text. `limits` by name, such as `events=3`; further words are its arguments.

    What has no name here goes into the launch request as it is.
    """
    runs: list[Run] = []

    def start(
        program: str | bytes,
        *arguments: object,
        limits: dict[str, Any] | None = None,
        restrictions: str | None = None,
        walls: str = "both",
        name: str = "program.py",
        using: Nursery = nursery,
        folder: Path = vessel,
        loopback_ports: str = "",
        private: str = "no",
        **more: Any,
    ) -> Run:
        if restrictions is None:
            vector = limits_with(**{"events": 20, **(limits or {})})
            restrictions = format_restrictions(Restrictions(vector))
        request = LaunchRequest(
            program=name,
            arguments=[str(argument) for argument in arguments],
            restrictions=restrictions,
            walls=walls,
            loopback_ports=loopback_ports,
            private=private,
            **more,
        )
        source = program if isinstance(program, bytes) else textwrap.dedent(program).encode()
        runs.append(using.start(request, source, folder))
        return runs[-1].wait_until_started()

    yield start
    for one in runs:
        one.close()
    for one in runs:
        wait_until_gone(one.guest)


@pytest.fixture
def run(start: Callable[..., Run]) -> Callable[..., Result]:
    """Run a program text to its end; takes what `start` takes."""
    return lambda program, *arguments, **options: start(program, *arguments, **options).wait()


@pytest.fixture
def check(run: Callable[..., Result]) -> Callable[..., str]:
    """Run a program text that has to finish well; what it wrote."""

    def check(program: str, *arguments: object, **options: Any) -> str:
        result = run(program, *arguments, **options)
        assert (result.kind, result.detail) == (OutcomeKind.EXITED, "0"), f"{result.detail}\n{result.output}"
        return result.output

    return check


@pytest.fixture
def ports() -> Callable[[int], list[int]]:
    """So many ports that nobody uses, TCP or UDP, and that no other test was given."""
    return free_ports


@pytest.fixture
def until_gone() -> Callable[[int], None]:
    """Wait until a process has ended; fail when it has not after `GONE_WITHIN`."""
    return wait_until_gone


def wait_until_gone(pid: int, within: float = GONE_WITHIN) -> None:
    deadline = time.monotonic() + within
    while is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there after {within} seconds"
        time.sleep(0.01)  # there is no event for somebody else's child


def is_alive(pid: int) -> bool:
    """A zombie is not: it runs nothing and holds nothing."""
    if pid < 0:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Finished(NamedTuple):
    """How a `repy` command ended."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def runtime_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where `repy` keeps its nursery's socket; that nursery ends with the session."""
    folder = tmp_path_factory.mktemp("runtime")
    yield folder
    end_nurseries(folder)


@pytest.fixture(name="end_nurseries")
def _end_nurseries() -> Callable[[Path], None]:
    """End whoever listens in a folder."""
    return end_nurseries


def end_nurseries(folder: Path) -> None:
    """End whoever listens in this folder, which is ours: the kernel knows which processes hold the sockets."""
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    listening = [row for row in rows if len(row) == 8 and row[3] == LISTENS]
    sockets = {f"socket:[{row[6]}]" for row in listening if row[7].startswith(f"{folder}/")}
    for process in Path("/proc").glob("[1-9]*"):
        with suppress(OSError):  # it ends meanwhile, or is not ours to look at
            if any(str(fd.readlink()) in sockets for fd in (process / "fd").iterdir()):
                os.kill(int(process.name), signal.SIGTERM)


@pytest.fixture
def environment(runtime_folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_RUNTIME_DIR": str(runtime_folder)}


@pytest.fixture
def repy(environment: dict[str, str], tmp_path: Path) -> Callable[..., Finished]:
    """The `repy` command, from the folder of the test."""

    def repy(*words: object, cwd: Path = tmp_path) -> Finished:
        done = subprocess.run(
            command(words), cwd=cwd, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return repy


def command(words: Sequence[object]) -> list[str]:
    return [sys.executable, "-c", "import sys; from seattle.repy.cli import main; sys.exit(main())", *map(str, words)]


@pytest.fixture
def repy_command() -> Callable[[Sequence[object]], list[str]]:
    """The words that start `repy`."""
    return command


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Path]:
    """A file with this text."""

    def program(text: str, name: str = "program.py") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return program


@pytest.fixture
def restrictions(tmp_path: Path) -> Callable[..., Path]:
    """A restrictions file with these lines and what has to be in every one."""

    def restrictions(*lines: str, memory: int = 100_000_000, cpu: str = "1") -> Path:
        path = tmp_path / "restrictions"
        head = [f"resource cpu {cpu}", f"resource memory {memory}", "resource diskused 1000000"]
        path.write_text("\n".join([*head, "resource events 5", *lines]) + "\n")
        return path

    return restrictions


@pytest.fixture
def popen(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A `repy` that goes on while the test does."""
    running: list[subprocess.Popen[bytes]] = []

    def popen(*words: object, **options: Any) -> subprocess.Popen[bytes]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        one: subprocess.Popen[bytes] = subprocess.Popen(
            command(words), **{"cwd": tmp_path, "env": environment, **pipes, **options}
        )
        running.append(one)
        return one

    yield popen
    for one in running:
        one.kill()
        one.wait()
        for pipe in (one.stdout, one.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, which is soon full."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=777", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(words, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("only root can mount a small disk, and not in every container")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def fill() -> Callable[[Path], None]:
    """Fill up the disk that this folder is on."""

    def fill(disk: Path) -> None:
        with (disk / "filling").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as why:
                assert why.errno == errno.ENOSPC  # noqa: PT017 - it is the only way out

    return fill
