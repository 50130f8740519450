import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from seattle.fabric.node_api import Layer, VesselState
from seattle.identity.keys import KeyPair
from seattle.node.errors import FolderUnusable
from seattle.node.records import RunRecord, VesselRecord
from seattle.node.states import decide
from seattle.node.store import MAX_DETAIL, MIGRATIONS, RUNS_KEPT, Store
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.resources.defaults import VESSEL

OWNER, USER = (KeyPair.from_seed(bytes([number]) * 32).public for number in (1, 2))
ONE = VesselRecord(name="v1", owner=OWNER, users=(USER, OWNER), resources=VESSEL, owner_information="a | b")
TWO = VesselRecord(name="v10", owner=USER, users=(), resources=VESSEL, advertise=False)
EXITED = Outcome(OutcomeKind.EXITED, "0")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store.sqlite")
    made.lay_out([TWO, ONE], {"node": "me"})
    return made


def begin(store: Store, *, vessel: str = "v1", now: float = 1.0) -> RunRecord:
    return store.begin_run(vessel, program="p.py", digest="d", arguments=["a", "\n"], log_start=7, now=now)


def test_given_vessels_when_the_store_is_opened_again_then_they_come_back_as_they_were(
    store: Store, tmp_path: Path
) -> None:
    store.close()
    again = Store(tmp_path / "store.sqlite")
    assert again.vessels() == [ONE, TWO]
    assert (again.vessel("v1"), again.vessel("v2")) == (ONE, None)
    assert (again.fact("node"), again.fact("other")) == ("me", None)


def test_given_vessels_then_their_users_count_as_one_and_each_owner_alone(store: Store) -> None:
    other = KeyPair.from_seed(bytes([3]) * 32).public
    assert store.shares() == {OWNER: (), USER: ()}
    store.replace(replace(ONE, users=(other,)))
    store.replace(replace(TWO, users=(OWNER, other)))
    assert store.shares() == {OWNER: (), USER: (), other: ("users of v1", "users of v10")}


def test_given_vessels_when_one_of_a_layout_is_wrong_then_none_of_it_is_kept() -> None:
    store = Store(None)
    with pytest.raises(sqlite3.IntegrityError):
        store.lay_out([ONE, ONE], {"node": "me"})
    assert (store.vessels(), store.fact("node")) == ([], None)


def test_given_a_run_when_it_begins_then_it_is_wanted_and_the_latest_also_after_a_restart(
    store: Store, tmp_path: Path
) -> None:
    begun = begin(store)
    assert begun == RunRecord(
        vessel="v1", number=1, program="p.py", digest="d", arguments=("a", "\n"), log_start=7, asked_at=1.0, wanted=True
    )
    store.close()
    assert Store(tmp_path / "store.sqlite").latest_run("v1") == begun


def test_given_a_run_beneath_layers_when_the_store_is_opened_again_then_it_is_beneath_them_still(
    store: Store, tmp_path: Path
) -> None:
    layers = [Layer(name=name, digest=digest * 64) for name, digest in (("outer.py", "a"), ("inner.py", "b"))]
    store.begin_run("v1", program="p.py", digest="d", arguments=[], layers=layers, log_start=0, now=1.0)
    store.close()
    found = Store(tmp_path / "store.sqlite").latest_run("v1")
    assert found is not None
    assert found.layers == tuple(layers)


def test_given_a_run_when_it_ends_twice_then_the_first_outcome_counts(store: Store) -> None:
    begin(store)
    store.want_stopped("v1", 1)
    assert store.end_run("v1", 1, EXITED, at=2.0).outcome == EXITED
    ended = store.end_run("v1", 1, Outcome(OutcomeKind.STOPPED, "me"), at=3.0)
    assert (ended.outcome, ended.ended_at, ended.wanted) == (EXITED, 2.0, False)


def test_given_a_run_that_could_not_begin_when_it_is_forgotten_then_the_one_before_is_the_latest(store: Store) -> None:
    begin(store)
    store.end_run("v1", 1, EXITED, at=2.0)
    begin(store)
    store.forget_run("v1", 2, before=1)
    latest = store.latest_run("v1")
    assert latest is not None
    assert latest.number == 1


def test_given_runs_when_the_vessel_is_made_fresh_then_none_is_the_latest_and_numbers_go_on(store: Store) -> None:
    begin(store)
    store.make_fresh("v1")
    assert store.latest_run("v1") is None
    assert [run.number for run in store.runs("v1")] == [1]
    assert begin(store).number == 2


def test_given_runs_of_two_vessels_then_each_counts_its_own(store: Store) -> None:
    assert (begin(store).number, begin(store, vessel="v10").number, begin(store).number) == (1, 1, 2)


def test_given_more_runs_than_are_kept_then_the_oldest_are_forgotten() -> None:
    store = Store(None)
    store.lay_out([ONE], {})
    for _ in range(RUNS_KEPT + 3):
        begin(store)
    numbers = [run.number for run in store.runs("v1")]
    assert (len(numbers), numbers[0], numbers[-1]) == (RUNS_KEPT, 4, RUNS_KEPT + 3)


def test_given_an_outcome_of_any_length_when_it_is_recorded_then_it_is_cut(store: Store) -> None:
    begin(store)
    ended = store.end_run("v1", 1, Outcome(OutcomeKind.EXCEPTION, "x" * 10 * MAX_DETAIL), at=2.0)
    assert ended.outcome is not None
    assert len(ended.outcome.detail) == MAX_DETAIL


def test_given_a_store_of_a_newer_version_when_it_is_opened_then_the_error_says_to_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(FolderUnusable, match="upgrade"):
        Store(path)


def run_that_ended(outcome: Outcome | None) -> RunRecord:
    return RunRecord(
        vessel="v1",
        number=1,
        program="p",
        digest="",
        arguments=(),
        log_start=0,
        asked_at=0.0,
        wanted=True,
        outcome=outcome,
    )


ENDED = {
    OutcomeKind.STOPPED: VesselState.STOPPED,
    **dict.fromkeys(set(OutcomeKind) - {OutcomeKind.STOPPED}, VesselState.TERMINATED),
}


@pytest.mark.parametrize("kind", OutcomeKind)
def test_given_an_ended_run_then_its_outcome_decides_the_vessels_state(kind: OutcomeKind) -> None:
    assert decide(run_that_ended(Outcome(kind)), running=False) is ENDED[kind]


@pytest.mark.parametrize("latest", [None, run_that_ended(None), run_that_ended(EXITED)])
def test_given_a_program_that_runs_then_the_vessel_is_started_whatever_is_recorded(latest: RunRecord | None) -> None:
    assert decide(latest, running=True) is VesselState.STARTED


def test_given_no_run_then_the_vessel_is_fresh_and_given_a_run_without_an_end_it_is_stale() -> None:
    assert decide(None, running=False) is VesselState.FRESH
    assert decide(run_that_ended(None), running=False) is VesselState.STALE
