"""Guests to attack from. Every fixture that forks does so from a disposable monitor: pytest itself is not changed."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import socket
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyseccomp  # type: ignore[import-untyped]  # it has no types
import pytest

from seattle.repy.walls import Birth, GuestLimits, Part, PartName, Prepared, State, enter, fork_guest, prepare

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


class RunGuest(Protocol):
    def __call__(
        self,
        action: Callable[[], object],
        *,
        leaving_out: Iterable[str] = (),
        limits: GuestLimits = LIMITS,
        keep: Iterable[int] = (),
        before_fork: Callable[[], object] | None = None,
        may_lack: bool = False,
        prepared: Prepared | None = None,
    ) -> Outcome: ...


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


@pytest.fixture(scope="session")
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture(scope="session")
def prepared() -> Prepared:
    return prepare()


@pytest.fixture(params=["as whoever runs the tests", "as nobody"])
def run_guest(request: pytest.FixtureRequest, prepared: Prepared) -> RunGuest:
    """Run a function in a guest, from a monitor that is root where we are, and from one that is not."""
    unprivileged = request.param == "as nobody"
    if unprivileged and os.geteuid() != 0:
        pytest.skip("the tests run without root anyway")
    return _runner(prepared, unprivileged=unprivileged)


@pytest.fixture
def run_unprivileged_guest(prepared: Prepared) -> RunGuest:
    return _runner(prepared, unprivileged=os.geteuid() == 0)


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that every account may use; those of pytest belong to whoever runs the tests."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


@pytest.fixture
def only() -> Callable[..., frozenset[str]]:
    """What to leave out so that nothing but these parts stands."""
    return lambda *parts: frozenset(PartName) - frozenset(parts)


def _runner(usual: Prepared, *, unprivileged: bool) -> RunGuest:
    def run(
        action: Callable[[], object],
        *,
        leaving_out: Iterable[str] = (),
        limits: GuestLimits = LIMITS,
        keep: Iterable[int] = (),
        before_fork: Callable[[], object] | None = None,
        may_lack: bool = False,
        prepared: Prepared | None = None,
    ) -> Outcome:
        wall = prepared or usual
        hear, tell = socket.socketpair()
        monitor = os.fork()
        if monitor == 0:
            try:
                if unprivileged:
                    become(NOBODY)
                if before_fork is not None:
                    before_fork()
                born = fork_guest(leaving_out=frozenset(leaving_out))
                if isinstance(born, Birth):
                    report = enter(
                        wall, limits, born, keep_fds=[tell.fileno(), *keep], leaving_out=frozenset(leaving_out)
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
        if leaving_out and not may_lack:
            skip_if_absent(report, frozenset(leaving_out))
        return Outcome(report, said.get("answer"), said["status"])

    return run


def skip_if_absent(report: list[Part], leaving_out: frozenset[str]) -> None:
    """A test of one part has nothing to say where the machine does not offer it, or what it rests on."""
    for part in report:
        if part.state is State.ABSENT and part.name not in leaving_out:
            pytest.skip(f"{part.name} is absent here: {part.detail}")


def become(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def say(tell: socket.socket, key: str, value: object) -> None:
    tell.sendall(json.dumps([key, value], default=lambda state: state.value).encode() + b"\n")
