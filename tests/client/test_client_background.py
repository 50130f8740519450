"""Waiting for what is done in the background, and iterators over what is read there: closed however they end."""

import asyncio
import errno
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from types import FrameType
from typing import Any

import pytest

from seattle.client import background as background_module
from seattle.client.aio.reading import Reading
from seattle.client.background import Background
from seattle.client.errors import TestbedClosed
from seattle.client.streams import stream

BOUND = 20  # seconds; far more than anything here takes


class Counting(Reading[int]):
    """Gives 0, and then nothing until it is closed."""

    def __init__(self, dropped: Callable[[], None]) -> None:
        self._dropped = dropped
        self._untold = [0]
        super().__init__([asyncio.create_task(self._wait())])

    async def _wait(self) -> None:
        await asyncio.Event().wait()

    def _take(self) -> list[int]:
        taken, self._untold = self._untold, []
        return taken

    def _drop(self) -> None:
        self._dropped()


def counting(dropped: Callable[[], None]) -> Callable[[], Awaitable[Counting]]:
    async def begin() -> Counting:
        return Counting(dropped)

    return begin


@pytest.fixture
def background() -> Iterator[Background]:
    background = Background("test")
    yield background
    background.close()


def test_given_an_iterator_that_is_forgotten_when_the_loops_own_thread_collects_it_then_the_reading_is_closed(
    background: Background, recwarn: pytest.WarningsRecorder
) -> None:
    closed = threading.Event()
    held = [stream(background, counting(closed.set))]
    assert next(held[0]) == 0

    async def forget() -> None:
        held.clear()

    background.run(forget())
    assert closed.wait(BOUND)
    assert [one for one in recwarn if issubclass(one.category, pytest.PytestUnraisableExceptionWarning)] == []


def test_given_an_iterator_that_is_left_early_when_it_is_closed_then_the_reading_is(background: Background) -> None:
    closed = threading.Event()
    numbers = stream(background, counting(closed.set))
    assert next(numbers) == 0
    numbers.close()  # type: ignore[attr-defined] # it is a generator
    assert closed.is_set()


def test_given_a_background_that_is_closed_when_an_iterator_is_left_then_nothing_is_raised() -> None:
    background = Background("test")
    numbers = stream(background, counting(lambda: None))
    assert next(numbers) == 0
    background.close()
    numbers.close()  # type: ignore[attr-defined] # as above
    with pytest.raises(TestbedClosed):
        next(stream(background, counting(lambda: None)))


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # there is no loop to have it
def test_given_no_descriptors_left_for_a_loop_when_a_background_is_made_then_that_is_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_many_open_files() -> asyncio.AbstractEventLoop:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    raised: list[OSError] = []

    def make() -> None:
        try:
            Background("test")
        except OSError as why:
            raised.append(why)

    monkeypatch.setattr(asyncio.events, "new_event_loop", too_many_open_files)
    making = threading.Thread(target=make, daemon=True)
    making.start()
    making.join(BOUND)
    assert [why.errno for why in raised] == [errno.EMFILE]


def test_given_a_signal_that_does_not_end_a_wait_when_work_is_waited_for_then_the_wait_is_interrupted(
    background: Background,
) -> None:
    """Here another thread takes the signal, which leaves the waiting one as a signal does that comes just before."""

    at_its_end = threading.Event()

    async def interrupt_and_go_on() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.sleep(BOUND)
        at_its_end.set()

    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    try:
        with pytest.raises(KeyboardInterrupt):
            background.run(interrupt_and_go_on())
        assert not at_its_end.is_set()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # interrupted before the loop has it
def test_given_work_that_is_interrupted_at_any_line_when_more_is_to_be_done_then_it_is_done(
    background: Background,
) -> None:
    async def work() -> int:
        return 1

    async def more() -> int:
        return 2

    for nth in count(1):
        interrupted = _interrupted_at(nth, lambda: background.run(work()))
        assert background.run(more()) == 2, nth
        if not interrupted:
            break
    assert nth > 10


def _interrupted_at(nth: int, do: Callable[[], object]) -> bool:
    """Do something, with a Ctrl-C at its nth line of Python's threads or our own; whether it had so many."""
    left = nth

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in (threading.__file__, background_module.__file__):
            return None
        left -= event == "line"
        if event == "line" and left == 0:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        do()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False
