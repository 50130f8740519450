import asyncio
import threading
import time

import pytest

from seattle.node.file_turns import FREE, LONGEST_REST, REST, FileTurns

pytestmark = pytest.mark.anyio


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def compute(seconds: float) -> None:
    """Take so much of the CPU."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@pytest.mark.parametrize(
    ("took", "rest"),
    [(FREE / 2, 0.0), (2 * FREE, REST * 2 * FREE), (1000.0, LONGEST_REST)],
    ids=["short", "long", "hour"],
)
async def test_given_work_on_files_when_it_took_long_then_the_vessel_rests_in_proportion(
    took: float, rest: float
) -> None:
    clock = Clock()
    turns = FileTurns(clock, cpu=clock)
    await turns.take(clock.pass_by, took)
    assert turns.rest == pytest.approx(rest)


async def test_given_work_that_fails_after_long_when_it_is_done_then_there_is_a_rest_all_the_same() -> None:
    clock = Clock()
    turns = FileTurns(clock, cpu=clock)

    def fail() -> None:
        clock.pass_by(1.0)
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        await turns.take(fail)
    assert turns.rest == pytest.approx(REST)


async def test_given_a_rest_when_the_next_work_comes_then_it_waits_for_its_end() -> None:
    turns = FileTurns()
    loop = asyncio.get_running_loop()
    await turns.take(compute, 1.5 * FREE)
    before, rest = loop.time(), turns.rest
    assert await turns.take(lambda: "done") == "done"
    assert loop.time() - before >= rest


async def test_given_work_of_one_vessel_that_hangs_when_another_vessel_has_work_then_that_is_done() -> None:
    mine, theirs = FileTurns(), FileTurns()
    over, at_work = threading.Event(), []

    def hang() -> None:
        at_work.append(1)
        assert over.wait(20)
        at_work.pop()

    hanging = [asyncio.create_task(mine.take(hang)) for _ in range(64)]
    async with asyncio.timeout(10):
        assert await theirs.take(lambda: list(at_work)) in ([1], [])
    assert len(at_work) <= 1  # so the other 63 hold no thread
    over.set()
    await asyncio.gather(*hanging)


async def test_given_work_that_waits_and_does_not_compute_when_it_took_long_then_there_is_no_rest() -> None:
    turns = FileTurns()
    await turns.take(threading.Event().wait, 2 * FREE)
    assert turns.rest == 0.0
