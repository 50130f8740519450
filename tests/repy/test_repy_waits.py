"""What the monitor does with waits: it holds no more of the kernel's memory than it says, and no bell for ever."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from seattle.repy.door import Refusal
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Running, Scheduler
from seattle.repy.monitor.sockets import waits
from seattle.repy.monitor.sockets.waits import Waits


class Desk:
    """Waits for some sockets, by handle, and what came of each wait."""

    def __init__(self, sockets: dict[int, socket.socket]) -> None:
        self.sockets = sockets
        self.scheduler = Scheduler()
        self.waits = Waits(sockets.get)
        self.results: list[object] = []

    def wait(self, *handles: int) -> Running:
        return self.scheduler.start(
            self.waits.wait(handles, (), 60.0), lambda value, error: self.results.append(error or value)
        )

    def close(self, handle: int) -> None:
        self.sockets.pop(handle).close()
        self.waits.closed(handle)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with ExitStack() as stack:
        made = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(6)]
        for sock in made:
            sock.bind(("127.0.0.1", 0))
        one = Desk(dict(enumerate(made)))
        stack.callback(one.scheduler.close)
        yield one


def refusal(result: object) -> Refusal:
    assert isinstance(result, RefusedError)
    return result.refusal


def test_given_waits_that_fill_the_kernel_s_lists_when_one_more_comes_then_it_is_refused_until_one_is_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "MOST", 6)
    running = desk.wait(0, 1, 2, 3)
    desk.wait(4, 4, 4, 5)
    desk.wait(0)
    assert [refusal(result) for result in desk.results] == [Refusal.EXHAUSTED]
    running.cancel()
    desk.wait(0, 1, 2, 3)
    assert len(desk.results) == 1  # it waits


def test_given_a_wait_that_is_cancelled_when_its_socket_is_closed_then_nobody_is_told(desk: Desk) -> None:
    desk.wait(0, 1).cancel()
    desk.close(0)
    assert desk.results == []


def test_given_a_socket_in_several_waits_when_it_is_closed_then_each_tells_it_and_nothing_else(desk: Desk) -> None:
    desk.wait(0, 1)
    desk.wait(1, 2)
    desk.wait(2, 3)
    desk.close(1)
    assert desk.results == [[[1], []], [[1], []]]


def test_given_handles_that_nobody_has_when_waited_for_then_they_count_as_closed(desk: Desk) -> None:
    desk.wait(77, 0, 2**53)
    assert desk.results == [[[77, 2**53], []]]
