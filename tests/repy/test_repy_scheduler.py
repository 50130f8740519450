"""The monitor's loop: tasks, timers, descriptors and threads, on a clock that the test turns."""

import os
import socket
import threading
from collections.abc import Generator
from typing import Any

import pytest

from seattle.repy.monitor import workers
from seattle.repy.monitor.scheduler import READABLE, WRITABLE, Bell, InThread, Readiness, Scheduler, Sleep, Task

pytestmark = pytest.mark.usefixtures("no_descriptor_left")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def finish(scheduler: Scheduler, task: Task) -> tuple[Any, BaseException | None]:
    """Run one task to its end."""
    ends: list[tuple[Any, BaseException | None]] = []

    def done(value: Any, error: BaseException | None) -> None:
        ends.append((value, error))
        scheduler.stop()

    scheduler.start(task, done)
    scheduler.run()
    (end,) = ends
    return end


def test_given_a_task_that_waits_for_nothing_when_started_then_it_is_done_at_once() -> None:
    def task() -> Generator[Any, Any, str]:
        yield from ()
        return "value"

    ends: list[Any] = []
    Scheduler().start(task(), lambda value, error: ends.append((value, error)))
    assert ends == [("value", None)]


def test_given_timers_when_the_clock_moves_then_they_fire_in_order_and_not_before() -> None:
    clock, fired = Clock(), []
    scheduler = Scheduler(clock=clock)
    scheduler.after(2, lambda: fired.append("second"))
    scheduler.after(1, lambda: fired.append("first"))
    cancelled = scheduler.after(1.5, lambda: fired.append("never"))
    cancelled.cancel()
    scheduler.after(3, scheduler.stop)
    scheduler.after(100, lambda: fired.append("too late"))
    clock.now += 50
    scheduler.run()
    assert fired == ["first", "second"]


def test_given_a_sleeping_task_when_cancelled_then_its_finally_runs_and_nobody_is_told() -> None:
    scheduler, happened = Scheduler(), []

    def task() -> Task:
        try:
            yield Sleep(1000)
        finally:
            happened.append("cleaned up")

    running = scheduler.start(task(), lambda *_: happened.append("told"))
    running.cancel()
    running.cancel()
    running.resume()
    assert happened == ["cleaned up"]


def test_given_a_descriptor_when_it_gets_ready_then_the_task_goes_on() -> None:
    scheduler = Scheduler()
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def task() -> Task:
            assert (yield Readiness(ours.fileno(), WRITABLE))
            ready = yield Readiness(ours.fileno(), READABLE, 30)
            return ready, ours.recv(10)

        scheduler.after(0.001, lambda: theirs.sendall(b"word"))
        assert finish(scheduler, task()) == ((True, b"word"), None)


def test_given_a_descriptor_that_never_gets_ready_when_the_time_is_over_then_the_task_hears_so() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def task() -> Task:
            return (yield Readiness(ours.fileno(), READABLE, 0.01))

        assert finish(Scheduler(), task()) == (False, None)


def test_given_a_cancelled_wait_when_its_descriptor_gets_ready_then_it_is_not_watched_any_more() -> None:
    scheduler = Scheduler()
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def task() -> Task:
            yield Readiness(ours.fileno(), READABLE)

        scheduler.start(task(), lambda *_: None).cancel()
        scheduler.watch(ours.fileno(), READABLE, lambda _events: scheduler.stop())  # would be refused if still watched
        theirs.send(b"x")
        scheduler.run()


def test_given_a_descriptor_that_the_kernel_does_not_watch_when_waited_for_then_its_owner_is_told() -> None:
    scheduler = Scheduler()
    ours, theirs = socket.socketpair()
    heard: list[int] = []
    ends: list[BaseException | None] = []

    def task() -> Task:
        yield Sleep(0)
        yield Readiness(ours.fileno(), READABLE)

    def done(_value: object, error: BaseException | None) -> None:
        ends.append(error)
        theirs.send(b"x")

    def hear(events: int) -> None:
        heard.append(events)
        scheduler.stop()

    with ours, theirs:
        scheduler.watch(ours.fileno(), READABLE, hear)  # once is all that it takes
        scheduler.start(task(), done)
        scheduler.run()
    assert [type(error) for error in ends] == [FileExistsError]
    assert heard == [READABLE]


@pytest.mark.parametrize("rung", [True, False])
def test_given_a_wait_with_a_bell_when_it_is_rung_then_the_task_goes_on_once(rung: bool) -> None:
    scheduler, bell = Scheduler(), Bell()
    ours, theirs = socket.socketpair()

    def task() -> Task:
        ready = yield Readiness(ours.fileno(), READABLE, 0.01, bell)
        bell.ring()  # nobody waits
        return ready

    if rung:
        scheduler.after(0, bell.ring)
    with ours, theirs:
        assert finish(scheduler, task()) == (rung, None)


def test_given_a_function_that_blocks_when_run_in_a_thread_then_others_go_on_meanwhile() -> None:
    scheduler, heard = Scheduler(), []
    hear, tell = os.pipe()

    def task() -> Task:
        return (yield InThread(lambda: os.read(hear, 1)))

    def meanwhile() -> None:
        heard.append("meanwhile")
        os.write(tell, b"!")

    scheduler.after(0.001, meanwhile)
    assert finish(scheduler, task()) == (b"!", None)
    assert heard == ["meanwhile"]


@pytest.mark.parametrize("wait", [Sleep(0), InThread(lambda: 1 // 0)])
def test_given_a_task_that_fails_when_it_goes_on_then_its_owner_gets_the_exception(wait: Any) -> None:
    def task() -> Task:
        yield wait
        raise ZeroDivisionError

    value, error = finish(Scheduler(), task())
    assert value is None
    assert isinstance(error, ZeroDivisionError)


def test_given_a_function_that_fails_in_its_thread_when_the_task_catches_it_then_it_goes_on() -> None:
    def task() -> Task:
        try:
            yield InThread(lambda: 1 // 0)
        except ZeroDivisionError:
            return "caught"

    assert finish(Scheduler(), task()) == ("caught", None)


def test_given_two_ready_descriptors_when_the_first_drops_the_second_then_the_second_is_not_called() -> None:
    scheduler, called = Scheduler(), []
    pairs = [socket.socketpair() for _ in range(2)]
    fds = [ours.fileno() for ours, _ in pairs]

    def hear(own: int, other: int) -> None:
        called.append(own)
        scheduler.unwatch(other)
        scheduler.unwatch(own)
        scheduler.after(0, scheduler.stop)

    scheduler.watch(fds[0], READABLE, lambda _events: hear(fds[0], fds[1]))
    scheduler.watch(fds[1], READABLE, lambda _events: hear(fds[1], fds[0]))
    for _, theirs in pairs:
        theirs.send(b"x")
    scheduler.run()
    assert len(called) == 1
    for pair in pairs:
        for end in pair:
            end.close()


@pytest.mark.parametrize("favoured", [True, False])
def test_given_sources_that_are_always_ready_when_something_urgent_comes_then_it_is_heard_soon(favoured: bool) -> None:
    """Each event takes a while, as when a vessel has very many files: what is urgent does not wait for all lines."""
    clock, heard = Clock(), []
    scheduler = Scheduler(clock=clock)
    pairs = [socket.socketpair() for _ in range(20)]

    def serve() -> bool:
        heard.append("call")
        clock.now += 0.04
        pairs[0][1].send(b"!")  # from here on, in the middle of the flood
        assert len(heard) < 10
        return True

    for ours, theirs in pairs[1:]:
        theirs.send(b"x")  # never read: ready for ever
        scheduler.watch(ours.fileno(), READABLE, lambda _events: [serve()].clear())
    scheduler.favour(serve if favoured else None)
    scheduler.watch_urgent(pairs[0][0].fileno(), lambda _events: scheduler.stop())
    scheduler.run()
    assert len(heard) <= 3
    for pair in pairs:
        for end in pair:
            end.close()


def test_given_timers_that_are_cancelled_when_there_are_very_many_then_they_are_not_kept() -> None:
    clock, fired = Clock(), []
    scheduler = Scheduler(clock=clock)
    scheduler.after(1, lambda: fired.append("kept"))
    for _ in range(10_000):
        scheduler.after(86400, lambda: fired.append("never")).cancel()
    assert len(scheduler._timers) < 200
    scheduler.after(2, scheduler.stop)
    clock.now += 10
    scheduler.run()
    assert fired == ["kept"]


def test_given_more_functions_that_block_than_threads_when_some_are_given_up_then_the_others_get_their_turn() -> None:
    scheduler, open_now = Scheduler(), threading.Event()
    begun: list[int] = []
    ends: list[Any] = []

    def block(number: int) -> int:
        begun.append(number)
        assert open_now.wait(30)
        return number

    def task(number: int) -> Task:
        return (yield InThread(lambda: block(number)))

    def done(value: Any, error: BaseException | None) -> None:
        ends.append(error or value)
        if len(ends) == workers.MOST + 5:
            scheduler.stop()

    before = threading.active_count()
    running = [scheduler.start(task(number), done) for number in range(workers.MOST + 10)]
    assert threading.active_count() == before + workers.MOST
    for one in running[-5:]:
        one.cancel()
    for one in [scheduler.start(task(-1), done) for _ in range(1000)]:
        one.cancel()
    open_now.set()
    scheduler.run()
    assert sorted(ends) == sorted(begun) == list(range(workers.MOST + 5))


def test_given_a_system_without_threads_when_a_function_blocks_then_its_task_hears_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)

    def task() -> Task:
        return (yield InThread(lambda: "never"))

    _value, error = finish(Scheduler(), task())
    assert isinstance(error, BlockingIOError)


def test_given_functions_that_block_one_after_the_other_when_run_then_one_thread_does_them_all() -> None:
    scheduler = Scheduler()

    def task() -> Task:
        seen = set()
        for _ in range(10):
            seen.add((yield InThread(threading.current_thread)))
        return seen

    value, error = finish(scheduler, task())
    assert (len(value), error) == (1, None)


def test_given_a_function_at_work_when_the_loop_is_closed_then_its_answer_is_written_to_no_other_file() -> None:
    scheduler, open_now, before = Scheduler(), threading.Event(), set(threading.enumerate())
    bell = scheduler._workers.bell

    def task() -> Task:
        yield InThread(lambda: open_now.wait(30))

    scheduler.start(task(), lambda _value, _error: None)
    at_work = set(threading.enumerate()) - before
    scheduler.close()
    file = os.memfd_create("the next to have its number", os.MFD_CLOEXEC)
    os.dup2(file, bell)
    open_now.set()
    for thread in at_work:
        thread.join(30)
        assert not thread.is_alive()
    assert os.fstat(file).st_size == 0
    for fd in {file, bell}:
        os.close(fd)
