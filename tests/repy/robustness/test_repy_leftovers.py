"""A vessel that was started and ended, in whatever way, leaves nothing: no process, descriptor, port or file."""

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.launch import LaunchRequest
from seattle.resources.restrictions import Restrictions, format_restrictions
from seattle.resources.vector import ResourceVector

# Each takes of everything that a vessel can have, and ends in its own way.
TAKES = """
port, port2 = map(int, callargs)
here = "127.0.0.1"
files = [openfile("kept", True)]
files[0].writeat("x" * 5000, 0)
sockets = [listenformessage(here, port), listenforconnection(here, port)]
sockets.append(openconnection(here, port, here, port2, 10))
gate = createlock()
gate.acquire(True)
for number in range(3):
    createthread(lambda: gate.acquire(True) and gate.release())
print("up")
"""
ENDS = {
    "exits": "exitall()",
    "is over": "gate.release()",
    "fails": "1 / 0",
    "fails in a thread": "createthread(lambda: 1 / 0)\nsleep(1000)",
    "is stopped": "sleep(1000)",
    "loses its launcher": "sleep(1000)",
    "is killed": "sleep(1000)",
    "loses its monitor": "sleep(1000)",
    "breaks the rules": "from seattle.repy.guest import channel\nchannel.mine()._socket.send(b'!')\nsleep(1000)",
}


PATIENCE = 30.0  # seconds
CALM = 0.6  # seconds


@pytest.mark.parametrize(
    "times", [18, pytest.param(1000, id="soak", marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]
)
def test_given_very_many_vessels_when_each_has_ended_then_no_process_descriptor_port_or_file_is_left(
    new_nursery: Callable[[], Any],
    vessel: Path,
    limits: Callable[..., ResourceVector],
    ports: Callable[[int], list[int]],
    no_one_left: Callable[[Any], None],
    is_readable: Callable[[int, float], bool],
    times: int,
) -> None:
    nursery, own = new_nursery(), ports(2)
    request = LaunchRequest(
        program="program.py",
        arguments=[str(port) for port in own],
        restrictions=format_restrictions(Restrictions(limits(events=10, messport=own, connport=own))),
    )
    warm = nursery.start(
        request, b"", vessel
    )  # from now on it is done with its rehearsals, which need some of their own
    assert warm.wait().kind == "exited"
    warm.close()
    no_one_left(nursery)
    before = settled(nursery)
    for number in range(times):
        kind = list(ENDS)[number % len(ENDS)]
        request.walls = "kernel" if kind == "breaks the rules" else "both"
        run = nursery.start(request, (TAKES + ENDS[kind]).encode(), vessel).wait_until_started()
        run.wait_for_output("up")
        end(run, kind, is_readable)
        run.close()
        assert_free(own)
    no_one_left(nursery)
    deadline = time.monotonic() + PATIENCE
    while (after := settled(nursery)) != before:  # it may keep a second spare for a while
        assert time.monotonic() < deadline, (after, before)
    assert [path.name for path in vessel.iterdir()] == ["kept"]
    print(f"\n{times} vessels, and nothing is left; nursery and test hold {before} descriptors, as before")


def end(run: Any, kind: str, is_readable: Callable[[int, float], bool]) -> None:
    """Bring about the end that is not the program's own doing, and wait until the launcher hears of it."""
    match kind:
        case "is stopped":
            run.stop()
        case "is killed":
            os.kill(run.guest, signal.SIGKILL)
        case "loses its monitor":
            os.kill(run.monitor, signal.SIGKILL)
        case "loses its launcher":  # who hears of nothing any more
            monitor = os.pidfd_open(run.monitor)
            run.line.close()
            assert is_readable(monitor, PATIENCE)
            os.close(monitor)
            return
    assert run.wait().kind == OUTCOMES[kind]


OUTCOMES = {
    "exits": "exited",
    "is over": "exited",
    "fails": "exception",
    "fails in a thread": "exception",
    "is stopped": "stopped",
    "is killed": "crashed",
    "loses its monitor": "lost",  # as the launcher says
    "breaks the rules": "violation",
}


def settled(nursery: Any) -> tuple[int, int]:
    """How many descriptors this process and the nursery hold, once that has not changed for `CALM`.

    A monitor that has been stopped rests for a moment before it ends, and then the nursery makes its next spare.
    """
    deadline = time.monotonic() + PATIENCE
    held, since = (0, 0), 0.0
    while held == (0, 0) or time.monotonic() < since + CALM:
        assert time.monotonic() < deadline
        now = descriptors(os.getpid()), descriptors(nursery.process.pid)
        if now != held:
            held, since = now, time.monotonic()
        time.sleep(0.01)  # neither tells of it
    return held


def descriptors(pid: int) -> int:
    """How many the process holds."""
    return len([*Path(f"/proc/{pid}/fd").iterdir()])


def assert_free(ports: list[int]) -> None:
    """See that the next vessel can have the ports at once, as a monitor would."""
    for port in ports:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                if kind is socket.SOCK_STREAM:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                if kind is socket.SOCK_STREAM:
                    probe.listen()
