"""Runs that outlive their launcher: who may take over, what it hears, and what becomes of a run that nobody wants."""

import os
import select
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from seattle.repy import launch
from seattle.repy.launch import LaunchRequest
from seattle.repy.outcome_file import read_outcome
from seattle.repy.spawn import listen

PATIENCE = 20.0  # seconds
SLEEPS = b"print('up')\nsleep(1000)\n"
Launch = Callable[..., "Line"]


class Line:
    """One launcher's line to a monitor."""

    def __init__(self, path: Path) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.line.connect(str(path))

    def hear(self) -> list[str]:
        """The next words; none when the other side has hung up."""
        assert select.select([self.line], [], [], PATIENCE)[0]
        try:
            packet = self.line.recv(launch.MAX_PACKET)
        except ConnectionError:
            packet = b""
        return launch.unpack(packet) if packet else []

    def say(self, *words: str) -> None:
        self.line.send(launch.pack(*words))

    def hang_up(self) -> None:
        self.line.close()


@pytest.fixture
def way_in(tmp_path: Path) -> Path:
    return tmp_path / "control"


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    made = {name: tmp_path / name for name in ("files", "log")}
    for folder in made.values():
        folder.mkdir()
    return made


@pytest.fixture
def begin(new_nursery: Callable[[], Any], folders: dict[str, Path], way_in: Path) -> Iterator[Launch]:
    """Send a request for a run that outlives its launcher."""
    lines: list[Line] = []
    nursery = new_nursery()

    def begun(text: bytes = SLEEPS, *, way_in_fd: int | None = None, **changes: Any) -> Line:
        line = Line(nursery._path)
        lines.append(line)
        request = LaunchRequest(
            **{"program": "p", "arguments": [], "log": "ring", "name": "v1.7", "outlive": "60", **changes}
        )
        program = os.memfd_create("program", os.MFD_CLOEXEC)
        os.pwrite(program, text, 0)
        fds = [program, *(os.open(folder, os.O_RDONLY | os.O_CLOEXEC) for folder in folders.values())]
        with listen(way_in) as listener:
            inviting = listener.fileno() if way_in_fd is None else way_in_fd
            socket.send_fds(line.line, [request.encode()], [*fds, inviting])
        for fd in fds:
            os.close(fd)
        return line

    yield begun
    with suppress(OSError), closing(Line(way_in).line) as last:
        last.send(launch.pack(launch.STOP, "the test"))
        last.recv(1000)
    for line in lines:
        line.hang_up()


@pytest.fixture
def outcome(folders: dict[str, Path]) -> Callable[[], tuple[str, str]]:
    """How the run ended, as it stands on disk."""

    def found() -> tuple[str, str]:
        fd = os.open(folders["log"], os.O_RDONLY | os.O_CLOEXEC)
        try:
            ended = read_outcome(fd)
        finally:
            os.close(fd)
        assert ended is not None
        return ended[0].kind.value, ended[0].detail

    return found


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_for_end(pid: int, within: float = PATIENCE) -> None:
    with suppress(ProcessLookupError):
        fd = os.pidfd_open(pid)
        try:
            assert select.select([fd], [], [], within)[0]
        finally:
            os.close(fd)


def test_given_a_launcher_that_is_gone_when_another_comes_then_it_hears_who_it_is_and_is_obeyed(
    begin: Launch, way_in: Path, outcome: Callable[[], tuple[str, str]]
) -> None:
    first = begin()
    started = first.hear()
    assert started[0] == launch.STARTED
    first.hang_up()
    second = Line(way_in)
    word, name, guest, started_at = second.hear()
    assert (word, name, guest) == (launch.HERE, "v1.7", started[1])
    assert float(started_at) > 1.6e9
    second.say(launch.USAGE)
    assert second.hear()[0] == launch.USAGE
    second.say(launch.STOP, "its new owner")
    assert second.hear()[:4] == [launch.ENDED, "6", "stopped", "its new owner"]
    wait_for_end(int(guest), 1.0)
    assert outcome() == ("stopped", "its new owner")


def test_given_two_launchers_when_the_second_comes_then_the_first_is_sent_away_and_not_obeyed_any_more(
    begin: Launch, way_in: Path
) -> None:
    first = begin()
    assert first.hear()[0] == launch.STARTED
    second = Line(way_in)
    assert second.hear()[0] == launch.HERE
    assert first.hear() == []
    with pytest.raises(BrokenPipeError):
        first.say(launch.STOP, "the old one")
    second.say(launch.USAGE)
    assert second.hear()[0] == launch.USAGE


def test_given_nobody_when_the_time_is_over_then_the_program_is_ended_and_the_outcome_says_why(
    begin: Launch, outcome: Callable[[], tuple[str, str]]
) -> None:
    first = begin(b"print('up')\nwhile True:\n    pass\n", outlive="1")
    guest = int(first.hear()[1])
    monitor = parent_of(guest)
    first.hang_up()
    wait_for_end(guest, 5.0)
    wait_for_end(monitor)
    assert outcome() == ("stopped", "the sandbox: nobody has watched it for 1 s")


def test_given_a_launcher_that_comes_in_time_when_the_time_is_over_then_the_program_goes_on(
    begin: Launch, way_in: Path
) -> None:
    first = begin(b"sleep(1.5)\nexitall()\n", outlive="1")
    assert first.hear()[0] == launch.STARTED
    first.hang_up()
    second = Line(way_in)
    assert second.hear()[0] == launch.HERE
    assert second.hear()[:3] == [launch.ENDED, "0", "exited"]


def test_given_a_launcher_that_died_before_the_program_began_when_another_comes_then_it_finds_it_running(
    begin: Launch, way_in: Path
) -> None:
    begin().hang_up()
    second = Line(way_in)
    assert second.hear()[:2] == [launch.HERE, "v1.7"]


def test_given_a_run_without_launcher_when_its_monitor_is_killed_then_its_program_dies_with_it(
    begin: Launch, way_in: Path
) -> None:
    first = begin(b"while True:\n    pass\n")
    guest = int(first.hear()[1])
    first.hang_up()
    os.kill(parent_of(guest), signal.SIGKILL)
    wait_for_end(guest, 2.0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can knock as somebody else")
def test_given_a_process_of_another_user_when_it_knocks_then_it_is_sent_away(begin: Launch, way_in: Path) -> None:
    first = begin()
    assert first.hear()[0] == launch.STARTED
    way_in.chmod(0o777)  # as if somebody had opened the folder by mistake
    for folder in (way_in.parent, *way_in.parent.parents[:-1]):
        folder.chmod(folder.stat().st_mode | 0o011)
    hear, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            stranger = Line(way_in)
            with suppress(OSError):
                stranger.say(launch.STOP, "a stranger")
            os.write(tell, repr(stranger.hear()).encode())
        finally:
            os._exit(0)
    os.close(tell)
    os.waitpid(child, 0)
    assert os.read(hear, 1000) == b"[]"
    os.close(hear)
    first.say(launch.USAGE)
    assert first.hear()[0] == launch.USAGE  # nothing has happened to it


WRONG: dict[str, dict[str, Any]] = {
    "no number": {"outlive": "for ever"},
    "no time": {"outlive": "0"},
    "too long": {"outlive": "99999999"},
    "a log that nobody keeps": {"log": "streams"},
}


@pytest.mark.parametrize("what", WRONG)
def test_given_a_run_that_can_not_outlive_its_launcher_when_it_is_asked_for_then_the_answer_says_why(
    begin: Launch, what: str
) -> None:
    word, why = begin(**WRONG[what]).hear()
    assert word == launch.REFUSED
    assert "outlive" in why


@pytest.mark.parametrize("kind", ["a pipe", "a socket that does not listen"])
def test_given_a_way_in_that_is_none_when_a_run_is_asked_for_then_it_is_refused(begin: Launch, kind: str) -> None:
    read, write = os.pipe()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as unconnected:
        word, why = begin(way_in_fd=read if kind == "a pipe" else unconnected.fileno()).hear()
    os.close(read)
    os.close(write)
    assert (word, "no socket" in why) == (launch.REFUSED, True)
