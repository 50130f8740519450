"""What the node waits for before it says that a program has ended: its disk, together with all who wait."""

import asyncio
import errno
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from seattle.fabric import node_api as api
from seattle.fabric.node_api import VesselState
from seattle.identity.keys import KeyPair
from seattle.identity.write_ahead import WriteAheadLog
from seattle.node.database import unsynced
from seattle.node.runs import LAST_PATIENCE, STOP_PATIENCE

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

LINGER = "print('on')\nwhile True:\n    sleep(0.1)\n"
ENDS = ("store.sqlite-wal", "journal.sqlite-wal")  # where they are written down
really_sync = os.fdatasync


def _file(fd: int) -> str:
    return Path(f"/proc/self/fd/{fd}").readlink().name


@dataclass
class SlowDisk:
    """It lets no end through before it is told to."""

    at_work: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    synced: list[str] = field(default_factory=list)

    def sync(self, fd: int) -> None:
        if _file(fd) in ENDS:
            self.at_work.set()
            assert self.go.wait(20)
            self.synced.append(_file(fd))
        really_sync(fd)


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    disk = SlowDisk()
    monkeypatch.setattr(os, "fdatasync", disk.sync)
    yield disk
    disk.go.set()


async def test_given_a_slow_disk_when_a_program_is_stopped_then_nobody_is_told_before_its_end_is_there_for_good(
    node: Any, join: Join, user: KeyPair, slow_disk: SlowDisk
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    stopping = asyncio.create_task(hands.stop())
    assert await asyncio.to_thread(slow_disk.at_work.wait, 20)
    assert not stopping.done()
    slow_disk.go.set()
    await stopping
    assert slow_disk.synced == list(ENDS)


async def test_given_a_slow_disk_when_an_end_waits_for_it_then_the_node_goes_on_answering(
    node: Any, join: Join, user: KeyPair, slow_disk: SlowDisk
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    stopping = asyncio.create_task(hands.stop())
    assert await asyncio.to_thread(slow_disk.at_work.wait, 20)
    assert (await hands.summary()).state is VesselState.STOPPED
    assert not stopping.done()
    slow_disk.go.set()
    await stopping


async def test_given_a_slow_disk_when_an_owner_changes_a_vessel_then_the_node_goes_on_and_answers_when_it_is_there(
    node: Any, join: Join, owner: KeyPair, slow_disk: SlowDisk
) -> None:
    """The attack: an owner who changes words without end has the node wait for its disk, and for nothing else."""
    hands = (await join(owner)).at(node.public)
    wanted = api.ChangeOwnerInformation(vessel="v1", owner_information="new")
    changing = asyncio.create_task(hands.ask(api.CHANGE_OWNER_INFORMATION, wanted))
    assert await asyncio.to_thread(slow_disk.at_work.wait, 5)
    assert (await hands.summary()).owner_information == "new"
    assert not changing.done()
    slow_disk.go.set()
    await changing
    assert slow_disk.synced[0] == ENDS[0]


async def test_given_a_disk_slower_than_a_monitor_may_be_when_a_program_is_stopped_then_no_monitor_is_blamed(
    node: Any, join: Join, user: KeyPair, slow_disk: SlowDisk
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    stopping = asyncio.create_task(hands.stop())
    assert await asyncio.to_thread(slow_disk.at_work.wait, 20)
    threading.Timer(STOP_PATIENCE + 2 * LAST_PATIENCE + 0.3, slow_disk.go.set).start()
    await stopping
    assert "monitor_too_slow" not in [event["event"] for event in node.logged]


async def test_given_a_disk_that_fails_when_an_end_waits_for_it_then_the_vessel_can_be_used_again(
    node: Any, join: Join, user: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(fd: int) -> None:
        if _file(fd) in ENDS:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        really_sync(fd)

    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    with monkeypatch.context() as there:
        there.setattr(os, "fdatasync", broken)
        await hands.stop()
    data, last = await hands.run("print('again')\n")
    assert (data, last.outcome.kind) == (b"again\n", "exited")


def test_given_a_log_when_it_is_synced_then_the_file_of_the_latest_writes_goes_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "some.sqlite"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE word (word TEXT)")
    log = WriteAheadLog(path)
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda fd: synced.append(os.fstat(fd).st_ino))
    for number in range(3000):  # past SQLite's checkpoints, which begin the log anew
        db.execute("INSERT INTO word VALUES (?)", (str(number),))
    log.sync()
    assert synced == [Path(f"{path}-wal").stat().st_ino]
    log.close()
    db.close()


def test_given_a_write_that_was_not_synced_when_the_next_one_comes_then_that_is(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "some.sqlite", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    full = db.execute("PRAGMA synchronous").fetchone()
    with unsynced(db):
        assert db.execute("PRAGMA synchronous").fetchone() != full
    assert db.execute("PRAGMA synchronous").fetchone() == full
    db.close()


def test_given_a_file_in_memory_when_its_log_is_synced_then_nothing_happens() -> None:
    log = WriteAheadLog(None)
    log.sync()
    log.close()
