"""A launcher that is hostile, or dies at the worst moment: an answer in words, and nothing left behind."""

import os
import pty
import random
import select
import socket
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from seattle.repy import launch
from seattle.repy.launch import LaunchRequest

Family = Callable[[int], set[int]]  # see conftest.py
PATIENCE = 30.0  # seconds


@pytest.fixture
def knock(new_nursery: Callable[[], Any], vessel: Path) -> Iterator[Callable[..., "Knock"]]:
    """Connect to a nursery of the test's own."""
    knocks: list[Knock] = []
    nursery = new_nursery()

    def knock() -> Knock:
        knocks.append(Knock(nursery, vessel))
        return knocks[-1]

    yield knock
    for one in knocks:
        one.line.close()


class Knock:
    """A connection to a nursery, over which anything can be said."""

    def __init__(self, nursery: Any, vessel: Path) -> None:
        self.nursery = nursery
        self.vessel = vessel
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.line.connect(str(nursery._path))

    def say(self, packet: bytes, fds: list[int]) -> "Knock":
        """Send what may be nonsense; the descriptors are the monitor's from here on."""
        if fds:
            socket.send_fds(self.line, [packet], fds)
        else:
            self.line.send(packet)
        for fd in fds:
            os.close(fd)
        return self

    def hear(self) -> list[str]:
        """The next words; none when the other side has hung up."""
        assert select.select([self.line], [], [], PATIENCE)[0]
        try:
            packet = self.line.recv(launch.MAX_PACKET)
        except ConnectionError:
            packet = b""
        return launch.unpack(packet) if packet else []

    def program(self, text: bytes = b"print('up')\nsleep(1000)\n") -> int:
        fd = os.memfd_create("program", os.MFD_CLOEXEC)
        os.pwrite(fd, text, 0)
        return fd

    def folder(self) -> int:
        return os.open(self.vessel, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def output(self) -> int:
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)


def request(**changes: Any) -> bytes:
    return LaunchRequest(**{"program": "program.py", "arguments": [], **changes}).encode()


def works(nursery: Any, vessel: Path) -> None:
    """The next launch is served as if nothing had happened."""
    run = nursery.start(LaunchRequest(program="p", arguments=[]), b"print('fine')", vessel)
    assert run.wait().output == "fine\n"
    run.close()


REQUEST = request()
WRONG_PACKETS = {
    "empty words": b"\0\0\0",
    "no words": b"\xff" * 1000,
    "half a request": REQUEST[: len(REQUEST) // 2],
    "unknown walls": REQUEST.replace(b"walls=both", b"walls=none"),
    "an unknown field": REQUEST + b"\0evil=1",
    "a number that is none": REQUEST.replace(b"log_bytes=65536", b"log_bytes=many"),
    "limits that are none": request(restrictions="resource cpu plenty\n"),
    "limits beyond all numbers": request(
        restrictions="resource cpu 1\nresource memory 1" + "0" * 40 + "\nresource diskused 1\n"
    ),
    "events beyond all numbers": request(
        restrictions="resource cpu 1\nresource memory 100000000\nresource diskused 1\nresource events 1" + "0" * 30
    ),
    "the least limits": request(restrictions="resource cpu 0.000001\nresource memory 1\nresource diskused 0\n"),
    "no processor": request(restrictions="resource cpu 0\nresource memory 100000000\nresource diskused 0\n"),
    "ports that are none": request(loopback_ports="a-b"),
    "a request beyond its size": b"argument=" + b"x" * (launch.MAX_PACKET + 10_000),
    "arguments that fit a request and no frame": request(arguments=["x" * (150 * 1024)]),
    "an argument that is no text": request(arguments=["\udcff"]),
    "a name that is no text": request(program="\udcff"),
    "a name beyond its size": request(program="x" * 5000),
    "layers without their wall": request(layers=["a"], walls="kernel"),
    "modules behind both walls": request(preloaded=["ctypes"]),
    "modules behind the language wall": request(preloaded=["ctypes"], walls="language"),
    "modules that there are not": request(preloaded=["there_is_no_such_module"], walls="kernel"),
    "more layers than allowed": request(layers=["a"] * 16) + b"\0layer=a",
    "more layers than descriptors": request(layers=["a"]),
}


@pytest.mark.parametrize("what", WRONG_PACKETS)
def test_given_a_request_that_makes_no_sense_when_it_comes_then_it_is_refused_and_nothing_is_left(
    knock: Callable[[], Knock], family: Family, no_one_left: Callable[[Any], None], what: str
) -> None:
    one = knock()
    one.say(WRONG_PACKETS[what], [one.program(), one.folder(), one.output()])
    words = one.hear()
    assert words[0] == launch.REFUSED, words
    assert len(words[1]) > 10
    assert one.hear() == []
    no_one_left(one.nursery)
    works(one.nursery, one.vessel)


def a_pipe(_knock: Knock) -> int:
    """The reading end of one whose writing end stays open: its text never ends."""
    hear, tell = os.pipe()
    _kept.append(tell)
    return hear


_kept: list[int] = []
WRONG_DESCRIPTORS: dict[str, Callable[[Knock], list[int]]] = {
    "none": lambda _: [],
    "one": lambda knock: [knock.program()],
    "four": lambda knock: [knock.program(), knock.folder(), knock.output(), knock.output()],
    "as many as there may be": lambda knock: [knock.output() for _ in range(19)],
    "more than there may be": lambda knock: [knock.output() for _ in range(200)],
    "a program that is too long": lambda knock: [knock.program(b"#" * (5 << 20)), knock.folder(), knock.output()],
    "a pipe for a program": lambda knock: [a_pipe(knock), knock.folder(), knock.output()],
    "a folder for a program": lambda knock: [knock.folder(), knock.folder(), knock.output()],
    "a device for a program": lambda knock: [os.open("/dev/zero", os.O_RDONLY), knock.folder(), knock.output()],
    "a program for a folder": lambda knock: [knock.program(), knock.program(), knock.output()],
    "a pipe for a folder": lambda knock: [knock.program(), a_pipe(knock), knock.output()],
}


@pytest.mark.parametrize("what", WRONG_DESCRIPTORS)
def test_given_a_request_with_wrong_descriptors_when_it_comes_then_it_is_refused_and_nothing_is_left(
    knock: Callable[[], Knock], no_one_left: Callable[[Any], None], what: str
) -> None:
    one = knock()
    one.say(REQUEST, WRONG_DESCRIPTORS[what](one))
    words = one.hear()
    assert words[0] == launch.REFUSED, words
    assert one.hear() == []
    while _kept:
        os.close(_kept.pop())
    no_one_left(one.nursery)
    works(one.nursery, one.vessel)


@pytest.mark.parametrize("when", ["at once", "after the request", "when it has started", "in the middle"])
def test_given_launchers_that_hang_up_when_they_do_then_nothing_is_left(
    knock: Callable[[], Knock], no_one_left: Callable[[Any], None], when: str
) -> None:
    for _ in range(5):
        one = knock()
        if when != "at once":
            one.say(REQUEST, [one.program(), one.folder(), one.output()])
        if when == "when it has started":
            assert one.hear()[0] == launch.STARTED
        if when == "in the middle":
            time.sleep(random.random() / 20)
        one.line.close()
    no_one_left(one.nursery)
    works(one.nursery, one.vessel)


def test_given_a_launcher_that_sends_nonsense_while_its_program_runs_when_heard_then_the_program_is_stopped(
    knock: Callable[[], Knock], no_one_left: Callable[[Any], None]
) -> None:
    for nonsense in (b"\0", b"\xff" * 1000, b"\0" * 150_000, b"stop"):
        one = knock()
        one.say(REQUEST, [one.program(), one.folder(), one.output()])
        assert one.hear()[0] == launch.STARTED
        one.say(nonsense, [one.output() for _ in range(50)])
        assert one.hear()[:3] == [launch.ENDED, "6", "stopped"]
        one.line.close()
    no_one_left(one.nursery)


def test_given_a_stop_that_comes_with_the_request_when_it_is_served_then_not_a_line_of_the_program_is_run(
    knock: Callable[[], Knock], no_one_left: Callable[[Any], None]
) -> None:
    one = knock()
    one.say(REQUEST, [one.program(), one.folder(), one.output()])
    one.line.send(launch.pack(launch.STOP, "me, at once"))
    assert one.hear()[:4] == [launch.ENDED, "6", "stopped", "me, at once"]
    no_one_left(one.nursery)


def test_given_a_launcher_that_asks_and_asks_and_does_not_listen_when_it_stops_the_program_then_it_is_stopped(
    knock: Callable[[], Knock], no_one_left: Callable[[Any], None]
) -> None:
    one = knock()
    one.say(REQUEST, [one.program(), one.folder(), one.output()])
    assert one.hear()[0] == launch.STARTED
    for _ in range(300):
        one.line.send(launch.pack(launch.USAGE))
    one.line.send(launch.pack(launch.STOP, "me"))
    no_one_left(one.nursery)
    heard = 0
    while words := one.hear():
        heard += 1
        assert words[0] in (launch.USAGE, launch.ENDED)
    assert heard > 1


def test_given_a_launcher_that_never_asks_for_anything_when_others_come_then_they_are_served(
    knock: Callable[[], Knock], vessel: Path
) -> None:
    silent = [knock() for _ in range(5)]
    works(silent[0].nursery, vessel)


def test_given_a_program_on_a_port_when_its_launcher_hears_of_the_end_then_the_next_one_has_the_port_at_once(
    start: Callable[..., Any], ports: Callable[[int], list[int]]
) -> None:
    (port,) = ports(1)
    program = f"""
        a = listenforconnection("127.0.0.1", {port})
        b = listenformessage("127.0.0.1", {port})
        print("up")
        sleep(100)
        """
    for _ in range(10):
        run = start(program, limits={"connport": [port], "messport": [port]})
        run.wait_for_output("up")
        run.stop()
        assert run.wait().kind == "stopped"


def test_given_a_terminal_that_nobody_reads_when_the_program_on_it_is_stopped_then_it_is_gone(
    knock: Callable[[], Knock], no_one_left: Callable[[Any], None]
) -> None:
    """As when somebody presses Ctrl-S, and then Ctrl-C."""
    shown, terminal = pty.openpty()
    termios.tcflow(terminal, termios.TCOOFF)
    one = knock()
    one.say(REQUEST, [one.program(b"while True:\n    print('x' * 1000)\n"), one.folder(), terminal])
    assert one.hear()[0] == launch.STARTED
    with suppress(TimeoutError):  # until it has filled what there is to fill
        wait_until_silent(one.nursery)
    one.line.send(launch.pack(launch.STOP, "me"))
    assert one.hear()[:4] == [launch.ENDED, "6", "stopped", "me"]
    no_one_left(one.nursery)
    os.close(shown)


def test_given_a_pipe_that_others_fill_when_the_program_on_it_is_stopped_then_it_is_gone(
    knock: Callable[[], Knock], no_one_left: Callable[[Any], None]
) -> None:
    one = knock()
    hear, tell = os.pipe()
    with subprocess.Popen(["yes"], stdout=tell) as other:
        one.say(REQUEST, [one.program(b"while True:\n    print('x' * 1000)\n"), one.folder(), tell])
        assert one.hear()[0] == launch.STARTED
        for _ in range(200):
            os.read(hear, 4096)
        one.line.send(launch.pack(launch.STOP, "me"))
        assert one.hear()[:4] == [launch.ENDED, "6", "stopped", "me"]
        other.kill()
    no_one_left(one.nursery)
    os.close(hear)


def wait_until_silent(_nursery: Any) -> None:
    time.sleep(0.5)  # the terminal's other end tells nobody how full it is
