import asyncio
import threading

import pytest

from seattle.fabric.group_commit import GroupCommit

pytestmark = pytest.mark.anyio
PATIENCE = 20  # seconds


class Disk:
    """Writes take effect when it has had its turn; a turn lasts until it is let go."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.durable: list[int] = []
        self.turns = 0
        self.at_work = threading.Event()
        self.go = threading.Semaphore(0)

    def commit(self) -> None:
        taken = list(self.written)
        self.turns += 1
        self.at_work.set()
        assert self.go.acquire(timeout=PATIENCE)
        self.durable = taken


async def test_given_many_who_wait_for_the_disk_then_each_finds_its_own_there_and_they_share_two_turns() -> None:
    disk = Disk()
    commit = GroupCommit(disk.commit)

    async def write(number: int) -> None:
        disk.written.append(number)
        await commit()
        assert number in disk.durable

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(write(0))
        await asyncio.to_thread(disk.at_work.wait, PATIENCE)
        for number in range(1, 100):  # too late for the first turn
            group.create_task(write(number))
        await asyncio.sleep(0)
        disk.go.release()
        disk.go.release()
    assert disk.turns == 2


async def test_given_a_disk_that_fails_then_nobody_is_told_that_it_worked() -> None:
    def fail() -> None:
        raise OSError("the disk is gone")

    commit = GroupCommit(fail)
    outcomes = await asyncio.gather(*(commit() for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError] * 3


async def test_given_one_that_is_cancelled_then_the_others_still_get_their_turn() -> None:
    disk = Disk()
    commit = GroupCommit(disk.commit)
    first = asyncio.create_task(commit())
    await asyncio.to_thread(disk.at_work.wait, PATIENCE)
    second = asyncio.create_task(commit())
    first.cancel()
    disk.go.release()
    disk.go.release()
    await asyncio.wait_for(second, PATIENCE)
    assert first.cancelled()
