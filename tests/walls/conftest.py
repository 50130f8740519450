"""Guests to attack from. Every fixture that forks does so from a disposable monitor: pytest itself is not changed."""

from __future__ import annotations

import json
import os
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.walls.guests import LIMITS, NOBODY, Kernel, Outcome, become, run_guest

from seattle.repy.walls import GuestLimits, Part, PartName, Prepared, State, prepare


class RunGuest(Protocol):
    def __call__(
        self,
        action: Callable[[], object],
        *,
        leaving_out: Iterable[str] = (),
        limits: GuestLimits = LIMITS,
        keep: Iterable[int] = (),
        before_fork: Callable[[], object] | None = None,
        first: Callable[[], object] | None = None,
        may_lack: bool = False,
        prepared: Prepared | None = None,
    ) -> Outcome: ...


@pytest.fixture(scope="session")
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture(scope="session")
def prepared() -> Prepared:
    return prepare()


@pytest.fixture(name="run_guest", params=["as whoever runs the tests", "as nobody"])
def _run_guest(request: pytest.FixtureRequest, prepared: Prepared) -> RunGuest:
    """Run a function in a guest, from a monitor that is root where we are, and from one that is not."""
    unprivileged = request.param == "as nobody"
    if unprivileged and os.geteuid() != 0:
        pytest.skip("the tests run without root anyway")
    return _runner(prepared, unprivileged=unprivileged)


@pytest.fixture
def run_roots_guest(prepared: Prepared) -> RunGuest:
    """For tests that only root can run."""
    return _runner(prepared, unprivileged=False)


@pytest.fixture
def run_unprivileged_guest(prepared: Prepared) -> RunGuest:
    return _runner(prepared, unprivileged=os.geteuid() == 0)


@pytest.fixture(params=["as whoever runs the tests", "as nobody"])
def in_monitor(request: pytest.FixtureRequest) -> Any:
    """Run a function in a process that may become a monitor; it returns what JSON can carry."""
    unprivileged = request.param == "as nobody"
    if unprivileged and os.geteuid() != 0:
        pytest.skip("the tests run without root anyway")

    def run(action: Callable[[], object]) -> Any:
        hear, tell = os.pipe()
        monitor = os.fork()
        if monitor == 0:
            try:
                if unprivileged:
                    become(NOBODY)
                os.write(tell, json.dumps(["answer", action()]).encode())
            except BaseException:  # noqa: BLE001 (told to the test, which fails with it)
                os.write(tell, json.dumps(["error", traceback.format_exc()]).encode())
            finally:
                os._exit(0)
        os.close(tell)
        with os.fdopen(hear, "rb") as said:
            kind, answer = json.loads(said.read())
        os.waitpid(monitor, 0)
        assert kind == "answer", answer
        return answer

    return run


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
        may_lack: bool = False,
        prepared: Prepared | None = None,
        **more: Any,
    ) -> Outcome:
        outcome = run_guest(action, prepared or usual, unprivileged=unprivileged, leaving_out=leaving_out, **more)
        if leaving_out and not may_lack:
            skip_if_absent(outcome.report, frozenset(leaving_out))
        return outcome

    return run


def skip_if_absent(report: list[Part], leaving_out: frozenset[str]) -> None:
    """A test of one part has nothing to say where the machine does not offer it, or what it rests on."""
    for part in report:
        if part.state is State.ABSENT and part.name not in leaving_out:
            pytest.skip(f"{part.name} is absent here: {part.detail}")
