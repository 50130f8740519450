"""A guest never outlives its monitor."""

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from seattle.repy.walls import Birth, GuestLimits, PartName, Prepared, enter, fork_guest

Only = Callable[..., frozenset[str]]

LIMITS = GuestLimits(data_bytes=1 << 30, open_files=64, processes=16)


@pytest.fixture(params=["whole wall", "parent death alone"])
def leaving_out(request: pytest.FixtureRequest, only: Only) -> Any:
    return frozenset() if request.param == "whole wall" else only(PartName.PARENT_DEATH)


def has_ended(pidfd: int) -> bool:
    waiting = select.poll()
    waiting.register(pidfd, select.POLLIN)
    return bool(waiting.poll(10_000))


def test_given_a_running_guest_when_its_monitor_is_killed_then_the_guest_is_gone(
    prepared: Prepared, leaving_out: frozenset[str]
) -> None:
    hear, tell = socket.socketpair()
    told_pid, tell_pid = os.pipe()
    monitor = os.fork()
    if monitor == 0:
        try:
            born = fork_guest(leaving_out=leaving_out)
            if isinstance(born, Birth):
                enter(prepared, LIMITS, born, keep_fds=[tell.fileno()], leaving_out=leaving_out)
                tell.send(b"in")
            else:
                os.write(tell_pid, str(born).encode())
            time.sleep(100)
        finally:
            os._exit(0)
    assert hear.recv(2) == b"in"
    guest = os.pidfd_open(int(os.read(told_pid, 20)))
    os.kill(monitor, signal.SIGKILL)
    os.waitpid(monitor, 0)
    assert has_ended(guest)
    for end in (hear, tell):
        end.close()
    for descriptor in (told_pid, tell_pid, guest):
        os.close(descriptor)


def test_given_a_monitor_that_died_before_the_guest_asked_when_it_enters_then_it_ends(
    prepared: Prepared, leaving_out: frozenset[str]
) -> None:
    hear, tell = socket.socketpair()
    told_pid, tell_pid = os.pipe()
    go, say_go = os.pipe()
    monitor = os.fork()
    if monitor == 0:
        try:
            born = fork_guest(leaving_out=leaving_out)
            if isinstance(born, Birth):
                os.read(go, 1)  # the monitor is dead by now
                enter(prepared, LIMITS, born, keep_fds=[tell.fileno()], leaving_out=leaving_out)
                tell.send(b"still here")
            else:
                os.write(tell_pid, str(born).encode())
        finally:
            os._exit(0)
    os.waitpid(monitor, 0)
    guest = os.pidfd_open(int(os.read(told_pid, 20)))
    tell.close()
    os.write(say_go, b"!")
    assert has_ended(guest)
    assert hear.recv(20) == b""
    hear.close()
    for descriptor in (told_pid, tell_pid, guest, go, say_go):
        os.close(descriptor)
