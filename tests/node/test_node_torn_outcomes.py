"""What the next daemon makes of what it finds: outcomes that a disk has lost half of, or that nobody wrote so."""

from pathlib import Path

import pytest
from tests.node.test_node_division import node, record

from seattle.node.records import RunRecord
from seattle.node.vessel import Vessel
from seattle.repy.outcome import OutcomeKind

pytestmark = pytest.mark.anyio


@pytest.fixture
def vessel(tmp_path: Path) -> Vessel:
    """One in which something ran when the daemon was killed."""
    division = node(tmp_path, record())
    division.around.store.begin_run("v1", program="p.py", digest="0" * 64, arguments=[], log_start=0, now=100.0)
    (vessel,) = division.vessels.values()
    return Vessel(record(), vessel.files.folder.parent, division.around)


def ended(vessel: Vessel, outcome: bytes) -> None:
    (vessel.files.folder.parent / "log" / "outcome").write_bytes(outcome)


def latest(vessel: Vessel) -> RunRecord:
    found = vessel.latest_run
    assert found is not None
    return found


def written(detail: str = '""', ended_at: str = "200.0", account: str = "null", kind: str = '"exited"') -> bytes:
    return f'{{"kind":{kind},"detail":{detail},"traffic":0,"ended_at":{ended_at},"account":{account}}}'.encode()


@pytest.mark.parametrize(
    "found",
    [
        b"",
        bytes(24 * 1024),
        written()[:-20],
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"detail":' * 10_000,
        b"[1, 2]",
        b'"exited"',
        b"null",
        b"{}",
        written(kind='"won"'),
        written(kind='["exited"]'),
        written(detail="5"),
        written(ended_at="NaN"),
        written(ended_at="1e999"),
        written(ended_at="1" + "0" * 400),
        written(ended_at="-1"),
        written(ended_at='"soon"'),
    ],
)
async def test_given_an_outcome_that_is_none_when_the_next_daemon_begins_then_the_vessel_can_be_used(
    vessel: Vessel, found: bytes
) -> None:
    ended(vessel, found)
    assert await vessel.settle()
    assert latest(vessel).outcome is None
    await vessel.reset("its owner")
    assert vessel.state == "fresh"


async def test_given_an_outcome_with_characters_that_are_no_text_when_the_next_daemon_begins_then_they_are_shown(
    vessel: Vessel,
) -> None:
    account = '{"destinations": [["TCP", "out", "\\ud800", 1, 0, 0]]}'
    ended(vessel, written(detail='"a\\ud800b"', account=account))
    assert await vessel.settle()
    assert (latest(vessel).outcome, latest(vessel).ended_at) == ((OutcomeKind.EXITED, r"a\ud800b"), 200.0)
