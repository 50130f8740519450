"""Guests to attack from, forked from a disposable monitor: whoever asks for one is not changed."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import socket
import traceback
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pyseccomp  # type: ignore[import-untyped]  # it has no types

from seattle.repy.walls import Birth, GuestLimits, Part, Prepared, State, enter, fork_guest

NOBODY = 65534
LIMITS = GuestLimits(data_bytes=1 << 30, open_files=64, processes=16)

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


class Outcome(NamedTuple):
    report: list[Part]
    answer: Any
    """What the action returned, by way of JSON."""
    status: int
    """As of waitpid."""


class Kernel:
    """Raw system calls by name, past all of Python and the C library."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.machine = platform.machine()

    def number(self, name: str) -> int:
        """Negative where this architecture does not have it. To be asked once before the wall goes up."""
        if name not in self._numbers:
            self._numbers[name] = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
        return self._numbers[name]

    def call(self, name: str | int, *arguments: int | bytes | None) -> int:
        """The result; a negative one is minus the error number."""
        number = name if isinstance(name, int) else self.number(name)
        given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
        given += [ctypes.c_long(0)] * (6 - len(given))
        result: int = libc.syscall(ctypes.c_long(number), *given)
        return -ctypes.get_errno() if result == -1 else result

    def refusal(self, name: str | int, *arguments: int | bytes | None) -> str:
        """The name of the error, or `done` if the call succeeded."""
        result = self.call(name, *arguments)
        return errno.errorcode.get(-result, str(-result)) if result < 0 else "done"


def run_guest(
    action: Callable[[], object],
    prepared: Prepared,
    *,
    unprivileged: bool,
    leaving_out: Iterable[str] = (),
    limits: GuestLimits = LIMITS,
    keep: Iterable[int] = (),
    before_fork: Callable[[], object] | None = None,
    first: Callable[[], object] | None = None,
) -> Outcome:
    """What becomes of `action` in a guest behind all of the wall but the parts that are `leaving_out`.

    `unprivileged`: whose monitor is nobody. `before_fork` is run in the monitor, `first` on the guest's way.
    """
    hear, tell = socket.socketpair()
    monitor = os.fork()
    if monitor == 0:
        try:
            if unprivileged:
                become(NOBODY)
            if before_fork is not None:
                before_fork()
            born = fork_guest(leaving_out=frozenset(leaving_out), first=first)
            if isinstance(born, Birth):
                report = enter(
                    prepared, limits, born, keep_fds=[tell.fileno(), *keep], leaving_out=frozenset(leaving_out)
                )
                say(tell, "report", report)
                say(tell, "answer", action())
            else:
                say(tell, "status", os.waitpid(born, 0)[1])
        except BaseException:  # noqa: BLE001 (told to the test, which fails with it)
            say(tell, "error", traceback.format_exc())
        finally:
            os._exit(0)
    tell.close()
    with hear, hear.makefile("rb") as lines:
        said = dict(json.loads(line) for line in lines)
    os.waitpid(monitor, 0)
    assert "error" not in said, said["error"]
    report = [Part(name, State(state), detail) for name, state, detail in said.get("report", [])]
    return Outcome(report, said.get("answer"), said["status"])


def become(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def say(tell: socket.socket, key: str, value: object) -> None:
    tell.sendall(json.dumps([key, value], default=lambda state: state.value).encode() + b"\n")
