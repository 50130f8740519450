"""Many threads and one budget: whatever they do, in no stretch of time do they get more than the rate and one burst."""

import heapq
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seattle.repy import door
from seattle.repy.monitor.calls import log_writer
from seattle.repy.monitor.metering import pay, wait_for
from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.resources.errors import ResourceForbiddenError
from seattle.resources.kinds import Resource
from seattle.resources.meter import TokenBucket

MOST_STEPS = 5000


class Threads:
    """Runs tasks against a clock of its own, and notes when each did how much."""

    def __init__(self) -> None:
        self.now = 0.0
        self.done: list[tuple[float, float]] = []  # when, and how much
        self._order = count()
        self._due: list[tuple[float, int, Task]] = []

    def clock(self) -> float:
        return self.now

    def start(self, at: float, task: Task) -> None:
        heapq.heappush(self._due, (at, next(self._order), task))

    def run(self) -> None:
        for _ in range(MOST_STEPS):
            if not self._due:
                return
            self.now, _order, task = heapq.heappop(self._due)
            try:
                wait = next(task)
            except StopIteration:
                continue
            assert isinstance(wait, Sleep)
            assert wait.seconds >= 0
            self.start(self.now + wait.seconds, task)
        pytest.fail("the threads never come to an end")

    def write(self, data: bytes) -> None:
        self.done.append((self.now, len(data)))


WORK = st.lists(  # for each thread: when it starts, and the amounts of its operations
    st.tuples(st.floats(0, 5), st.lists(st.integers(0, 3000), min_size=1, max_size=6)), min_size=1, max_size=8
)
LIMITS = st.floats(0.5, 5000)


def check_every_window(done: list[tuple[float, float]], limit: float) -> None:
    """An operation is done first and paid for afterwards: so the last one of a window may overshoot, and it alone."""
    for first in range(len(done)):
        amount = 0.0
        for when, much in done[first:]:
            assert not much or amount <= limit * (1 + when - done[first][0]) * (1 + 1e-6) + 1e-6
            amount += much


def operations(threads: Threads, bucket: TokenBucket, amounts: list[int]) -> Task:
    """A thread that does as `randombytes` and the file calls do."""
    for amount in amounts:
        yield from wait_for(bucket)
        threads.done.append((threads.now, amount))
        yield from pay(bucket, amount)


def lines(threads: Threads, bucket: TokenBucket, amounts: list[int]) -> Task:
    """A thread that prints."""
    write = log_writer(_Log(threads.write), bucket)
    for amount in amounts:
        rest = write(door.Log(bytes(amount)))
        if rest is not None:
            yield from rest


class _Log:
    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write

    def note(self, text: str) -> None:
        raise AssertionError(text)

    def close(self) -> None:
        raise AssertionError


@pytest.mark.parametrize("thread", [operations, lines])
@given(work=WORK, limit=LIMITS)
@settings(max_examples=150, deadline=None)
def test_whatever_threads_do_no_window_has_more_than_a_burst_and_the_rate(
    thread: Callable[[Threads, TokenBucket, list[int]], Task], work: list[tuple[float, list[int]]], limit: float
) -> None:
    threads = Threads()
    bucket = TokenBucket(Resource.RANDOM, limit, clock=threads.clock)
    for at, amounts in work:
        threads.start(at, thread(threads, bucket, amounts))
    threads.run()
    assert sum(much for _when, much in threads.done) == sum(sum(amounts) for _at, amounts in work)
    check_every_window(threads.done, limit)


@pytest.mark.parametrize("size", [0, 1, 3000])
def test_given_a_rate_of_0_when_logged_then_it_is_forbidden_and_nothing_is_written(size: int) -> None:
    threads = Threads()
    write = log_writer(_Log(threads.write), TokenBucket(Resource.LOGRATE, 0, clock=threads.clock))
    with pytest.raises(ResourceForbiddenError):
        write(door.Log(bytes(size)))
    assert threads.done == []
