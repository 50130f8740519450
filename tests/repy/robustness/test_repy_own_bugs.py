"""A bug of the monitor's own: it ends the vessel, and its details are for the operator alone."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from seattle.repy import door
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.outcome import OutcomeKind


class Broken(HostNetwork):
    """A network that has a bug."""

    def my_address(self) -> str | None:
        raise ZeroDivisionError("a detail of the donor's")


def test_given_a_bug_in_a_call_when_it_is_made_then_the_traceback_is_in_the_complaints_and_not_in_the_vessel(
    fake_guest: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(Broken()) as network:  # the monitor has its own of these descriptors
        vessel = fake_guest(network=network, netsend=1e9, netrecv=1e9).begin()
    vessel.ask(vessel.lines[0], door.encode(door.GetMyIp()))
    outcome = vessel.wait()
    assert (outcome.kind, outcome.detail) == (OutcomeKind.VIOLATION, "the monitor failed: ZeroDivisionError")
    complaints = capfd.readouterr().err  # where a nursery's monitors write to, too
    assert "Traceback" in complaints
    assert "ZeroDivisionError: a detail of the donor's" in complaints
    log = vessel.files.parent / "log"
    assert all(b"a detail" not in file.read_bytes() for file in log.iterdir())
