"""The journal: what ran, by whom, at what cost; whole after a crash, and within its bounds whatever tenants do."""

import asyncio
import hashlib
import json
import resource
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.fabric.errors import RemoteError
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair
from seattle.node.accounts import Account, Destination
from seattle.node.asking import ask
from seattle.node.errors import ControlRefused, FolderUnusable
from seattle.node.journal import MAX_DETAIL, MAX_TEXT, NOT_STARTED, UNSEEN, Entry, Journal
from seattle.node.journal_reader import JOURNAL, PROGRAM, GetJournal, GetProgram
from seattle.node.records import RunRecord
from seattle.repy.outcome import Outcome, OutcomeKind

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]
AtWork = Callable[..., Awaitable[tuple[Any, Any]]]  # see conftest.py

LINGER = "print('on')\nwhile True:\n    sleep(0.1)\n"
EXITED = Outcome(OutcomeKind.EXITED, "0")
DAY = 86400.0


def _run(number: int, *, vessel: str = "v1", text: bytes = b"pass", at: float = 0.0, **changes: Any) -> RunRecord:
    return RunRecord(
        **{
            "vessel": vessel,
            "number": number,
            "program": "program.py",
            "digest": hashlib.sha256(text).hexdigest(),
            "arguments": (),
            "log_start": 0,
            "asked_at": at,
            "wanted": True,
            **changes,
        }
    )


def _begin(journal: Journal, run: RunRecord, *, key: str = "UKEY", text: bytes | None = b"pass") -> None:
    journal.begin(run, key=key, owner="UOWNER", texts=[text])


def _ended(journal: Journal, run: RunRecord, *, key: str = "UKEY", text: bytes = b"pass") -> None:
    _begin(journal, run, key=key, text=text)
    journal.got_going(run)
    journal.end(run, EXITED, None, at=run.asked_at + 1)


async def _entries(folder: Path, match: str = "", **wanted: Any) -> list[Entry]:
    return (await asyncio.to_thread(ask, folder, JOURNAL, GetJournal(match, **wanted))).entries


# --- of a real node ------------------------------------------------------------------------------------------------


async def test_given_a_program_that_ran_when_the_donor_looks_then_all_of_it_is_in_the_journal(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    port = (await hands.summary()).tcp_ports[0]
    text = f"""
try:
    openconnection("127.0.0.1", {port}, "127.0.0.1", {port + 1}, 1)
except ConnectionRefusedError:
    print(*callargs)
"""
    await hands.run(text, "one", "two")
    (entry,) = await _entries(node.folder)
    assert (entry.vessel, entry.run, entry.key, entry.owner) == ("v1", 1, user.id, owner.id)
    assert (entry.program, entry.arguments) == ("program.py", ["one", "two"])
    assert (entry.outcome, entry.detail) == ("exited", "0")
    assert entry.ended is not None
    assert entry.ended >= entry.began
    assert entry.account is not None
    assert entry.account.cpu > 0
    assert entry.account.memory > 1_000_000
    assert entry.account.destinations == [Destination("TCP", "out", "127.0.0.1", port, 0, 0)]
    program = await asyncio.to_thread(ask, node.folder, PROGRAM, GetProgram(entry.digest[:8]))
    assert program.text == text.encode()
    assert program.digest == hashlib.sha256(text.encode()).hexdigest() == entry.digest


async def test_given_a_program_that_runs_when_the_donor_looks_then_the_journal_says_so(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    (entry,) = await _entries(node.folder)
    assert (entry.ended, entry.outcome, entry.text_kept) == (None, "", True)


async def test_given_a_vessel_that_was_reset_when_the_donor_looks_then_the_journal_still_has_its_runs(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.run("print('gone soon')")
    await hands.reset()
    (entry,) = await _entries(node.folder)
    program = await asyncio.to_thread(ask, node.folder, PROGRAM, GetProgram(entry.digest))
    assert program.text == b"print('gone soon')"


async def test_given_a_program_that_is_unsafe_when_it_is_refused_then_the_journal_has_text_and_reason(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.run("import subprocess")
    (entry,) = await _entries(node.folder)
    assert entry.outcome == "unsafe"
    assert "subprocess" in entry.detail


async def test_given_a_start_that_fails_when_the_donor_looks_then_the_run_is_marked_as_not_started(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    (node.folder / "vessels/v1/log/outcome.new").mkdir()  # so the monitor has no place for the outcome
    with pytest.raises(RemoteError, match="Is a directory"):
        await hands.start("print('hello')")
    (entry,) = await _entries(node.folder)
    assert (entry.outcome, entry.text_kept) == (NOT_STARTED, True)
    assert "Is a directory" in entry.detail


async def test_given_a_daemon_that_is_killed_when_the_next_one_begins_then_it_completes_the_entry_from_what_is_on_disk(
    at_work: AtWork, spawn: Any
) -> None:
    node, _ = await at_work(LINGER, unwatched_limit=0)  # programs end with their daemon
    await node.kill()
    await spawn(node.prepared)
    (entry,) = await _entries(node.prepared.folder)
    assert entry.outcome == "stopped"
    assert entry.ended is not None
    assert entry.account is not None
    assert entry.account.memory > 1_000_000


async def test_given_a_program_that_outlives_its_daemon_when_the_next_one_stops_it_then_it_is_one_entry_to_its_end(
    at_work: AtWork, spawn: Any, user: KeyPair
) -> None:
    node, hands = await at_work(LINGER)
    await node.kill()
    await spawn(node.prepared)
    (entry,) = await _entries(node.prepared.folder)
    assert entry.outcome == ""
    await hands.stop()
    (entry,) = await _entries(node.prepared.folder)
    assert (entry.outcome, entry.key) == ("stopped", user.id)
    assert entry.account is not None


async def test_given_a_run_that_nobody_may_know_the_end_of_when_the_next_daemon_begins_then_the_entry_says_so(
    prepare: Any, server: EmbeddedServer, start_node: Any
) -> None:
    prepared = prepare(server.url)
    with_journal = Journal(prepared.folder / "journal.sqlite")
    for number, vessel in enumerate(("v8", "v9"), start=1):
        _begin(with_journal, _run(number, vessel=vessel))
    with_journal.got_going(_run(2, vessel="v9"))
    with_journal.close()
    await start_node(prepared)
    second, first = await _entries(prepared.folder)
    assert (first.outcome, second.outcome) == (NOT_STARTED, UNSEEN)


async def test_given_digests_that_name_no_program_when_they_are_asked_for_then_the_donor_is_told(node: Any) -> None:
    with pytest.raises(ControlRefused, match="no program"):
        await asyncio.to_thread(ask, node.folder, PROGRAM, GetProgram("0123456789"))


# --- what is found ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "match", ["v3", "USECOND", "USEC", "second.py", "cond", "192.0.2.9", hashlib.sha256(b"2").hexdigest()]
)
async def test_given_two_runs_when_one_is_looked_for_then_it_alone_is_found(match: str) -> None:
    journal = Journal(None)
    _ended(journal, _run(1, vessel="v30", program="first.py"), key="UFIRST")
    second = _run(1, vessel="v3", program="second.py", text=b"2")
    _begin(journal, second, key="USECOND", text=b"2")
    account = Account(destinations=[Destination("TCP", "out", "192.0.2.9", 80, 1, 2)])
    journal.end(second, EXITED, account, at=1.0)
    assert [entry.program for entry in journal.entries(match)] == ["second.py"]


@pytest.mark.parametrize("match", ["%", "_", "' OR 1=1 --", '"', "192.0.2", "CP", "\x00"])
async def test_given_a_search_that_means_something_to_databases_when_made_then_it_means_nothing(
    match: str,
) -> None:
    journal = Journal(None)
    run = _run(1)
    _begin(journal, run)
    journal.end(run, EXITED, Account(destinations=[Destination("TCP", "out", "192.0.2.9", 80, 1, 2)]), at=1.0)
    assert journal.entries(match) == []


async def test_given_many_runs_when_they_are_read_page_by_page_then_each_comes_once_the_latest_first() -> None:
    journal = Journal(None)
    for number in range(1, 26):
        _ended(journal, _run(number))
    seen: list[int] = []
    before = None
    while page := journal.entries(before=before, count=10):
        seen += [entry.run for entry in page]
        before = page[-1].id
    assert seen == list(range(25, 0, -1))


async def test_given_an_end_that_comes_to_light_late_when_it_is_told_then_it_replaces_that_nobody_saw_it() -> None:
    journal = Journal(None)
    run = _run(1)
    _begin(journal, run)
    journal.got_going(run)
    journal.close_unseen(running=[], now=5.0)
    journal.end(run, EXITED, None, at=3.0)
    journal.end(run, Outcome(OutcomeKind.CRASHED, "again"), None, at=9.0)
    (entry,) = journal.entries()
    assert (entry.outcome, entry.ended) == ("exited", 3.0)


async def test_given_a_run_that_goes_on_when_a_daemon_begins_then_its_entry_stays_open() -> None:
    journal = Journal(None)
    _begin(journal, _run(1))
    journal.close_unseen(running=["v1"], now=5.0)
    assert journal.entries()[0].outcome == ""


# --- its bounds ------------------------------------------------------------------------------------------------------


async def test_given_a_key_that_floods_the_journal_when_it_is_full_then_what_others_did_stays() -> None:
    """Attack: flood the journal with long arguments and ever new texts, until an earlier deed is forgotten."""
    journal = Journal(None, most=1 << 20)
    _ended(journal, _run(1, text=b"the deed"), key="UVICTIM", text=b"the deed")
    for number in range(2, 202):
        text = b"%d" % number * 10_000
        _ended(journal, _run(number, text=text, arguments=("x" * 60_000,)), key="UFLOOD", text=text)
    assert [entry.run for entry in journal.entries("UVICTIM")] == [1]
    assert journal.programs(hashlib.sha256(b"the deed").hexdigest())[0][1] == b"the deed"
    assert journal.entries()[0].run == 201


async def test_given_a_journal_of_any_size_when_it_is_written_to_then_no_table_is_read_from_end_to_end(
    tmp_path: Path,
) -> None:
    """A start of a program must not take longer because many have run before."""
    path = tmp_path / "journal.sqlite"
    journal = Journal(path, most=64 * 1024)
    statements: list[str] = []
    journal._db.set_trace_callback(statements.append)
    for number in range(1, 200):
        _ended(journal, _run(number, text=b"%d" % number), text=b"%d" % number)
    journal._db.set_trace_callback(None)
    looked_at = {statement for statement in statements if statement.lstrip().startswith(("DELETE", "UPDATE", "SELECT"))}
    assert any("DELETE FROM program" in statement for statement in looked_at)
    for statement in looked_at:
        plan = journal._db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        assert not any(step.startswith("SCAN") for *_, step in plan), (statement, plan)


async def test_given_runs_without_end_when_the_journal_is_full_then_its_file_stops_growing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", most=1 << 20)
    for number in range(1, 101):
        text = b"%d" % number * 20_000
        _ended(journal, _run(number, text=text, arguments=("x" * 60_000,)), text=text)
    journal.close()
    assert (tmp_path / "journal.sqlite").stat().st_size < 4 << 20


async def test_given_a_run_that_goes_on_when_the_journal_is_full_then_it_is_not_forgotten() -> None:
    journal = Journal(None, most=64 * 1024)
    _begin(journal, _run(1))
    for number in range(2, 400):
        _ended(journal, _run(number, vessel="v2"))
    assert [entry.run for entry in journal.entries("v1")] == [1]


async def test_given_entries_that_are_too_old_when_the_next_run_begins_then_they_and_their_programs_go() -> None:
    journal = Journal(None, days=10)
    _ended(journal, _run(1, text=b"old"), text=b"old")
    _ended(journal, _run(2, at=11 * DAY))
    assert [entry.run for entry in journal.entries()] == [2]
    assert journal.programs(hashlib.sha256(b"old").hexdigest()) == []


async def test_given_a_text_that_ran_often_when_it_is_kept_then_it_is_there_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    for number in range(1, 20):
        _ended(journal, _run(number, text=b"x" * 100_000), text=b"x" * 100_000)
    assert len(journal.programs(hashlib.sha256(b"x" * 100_000).hexdigest())) == 1
    journal.close()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM program").fetchone() == (1,)


async def test_given_a_text_that_is_too_long_when_it_runs_then_the_entry_tells_that_it_was_not_kept(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    text = "#" * (MAX_TEXT + 1)
    await hands.run(text)
    (entry,) = await _entries(node.folder)
    assert (entry.digest, entry.text_kept) == (hashlib.sha256(text.encode()).hexdigest(), False)


async def test_given_an_outcome_that_is_a_novel_when_it_is_written_down_then_its_end_is_kept() -> None:
    journal = Journal(None)
    run = _run(1)
    _begin(journal, run)
    journal.end(run, Outcome(OutcomeKind.EXCEPTION, "x" * 100_000 + "the point"), None, at=1.0)
    (entry,) = journal.entries()
    assert len(entry.detail) == MAX_DETAIL
    assert entry.detail.endswith("the point")


async def test_given_an_account_that_is_none_when_a_run_has_ended_then_the_entry_is_there_without_it(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    """Whoever could write beside a vessel's log must not keep a run out of the journal."""
    prepared = prepare(server.url)
    node = await start_node(prepared)
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    await node.end()
    outcome = prepared.folder / "vessels/v1/log/outcome"
    record = json.loads(outcome.read_text())
    for nonsense in ([1], {"cpu": "much"}, {"memory": 1 << 80}, {"destinations": [["TCP"] * 6] * 1000}):
        outcome.write_text(json.dumps(record | {"account": nonsense}))
        with sqlite3.connect(prepared.folder / "journal.sqlite") as db:
            db.execute("UPDATE entry SET outcome = '', ended = NULL, account = ''")
        with sqlite3.connect(prepared.folder / "store.sqlite") as db:
            db.execute("UPDATE run SET outcome = NULL, ended_at = NULL")
        node = await start_node(prepared)
        (entry,) = await _entries(prepared.folder)
        assert (entry.outcome, entry.account) == ("stopped", None)
        await node.end()


async def test_given_a_file_that_is_no_journal_when_it_is_opened_then_the_error_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(FolderUnusable, match="move it away"):
        Journal(tmp_path / "journal.sqlite")


async def test_given_a_disk_that_takes_nothing_when_a_journal_is_begun_then_nobody_says_that_it_is_damaged(
    tmp_path: Path,
) -> None:
    """The daemon waits for such a disk, and ends for a journal that is damaged."""
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
    try:
        with pytest.raises(sqlite3.OperationalError):
            Journal(tmp_path / "journal.sqlite")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))


async def test_given_a_journal_when_it_is_closed_and_opened_then_it_knows_how_full_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = Journal(path, most=1 << 20)
    for number in range(1, 11):
        _ended(journal, _run(number, arguments=("x" * 60_000,)))
    journal.close()
    journal = Journal(path, most=200_000)
    _ended(journal, _run(11))
    assert 1 < len(journal.entries()) < 5
    assert journal.entries()[0].run == 11
