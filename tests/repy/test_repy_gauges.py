"""The CPU share: as arithmetic, and held by stops of a real process that the kernel's alarm has brought about."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.monitor import cpu_alarm
from seattle.repy.monitor.cpu_alarm import CpuAlarm, cpu_clock
from seattle.repy.monitor.cpu_budget import STOP, CpuBudget
from seattle.repy.monitor.gauges import Gauges
from seattle.repy.monitor.guest_process import GuestProcess
from seattle.repy.monitor.scheduler import Scheduler
from seattle.resources.meter import Meter
from seattle.resources.vector import ResourceVector

pytestmark = pytest.mark.usefixtures("no_descriptor_left")


def test_given_a_program_within_its_share_when_looked_at_then_it_goes_on() -> None:
    budget = CpuBudget(0.5, now=0, used=0)
    for tenth in range(1, 50):
        assert budget.stop_for(now=tenth / 10, used=tenth / 20) == 0


def test_given_a_program_that_overdrew_when_looked_at_then_it_stands_still_until_all_is_paid() -> None:
    budget = CpuBudget(0.1, now=0, used=0)
    stop = budget.stop_for(now=1, used=1)
    assert stop == pytest.approx((1 - 0.1) / 0.1)  # what it had at first is there again afterwards
    assert budget.stop_for(now=1 + stop, used=1) == 0
    assert budget.stop_for(now=1 + stop + STOP, used=1 + 0.1 * 3 * STOP) > 0


def test_given_a_program_that_rested_when_it_computes_then_it_has_saved_a_moment_and_no_more() -> None:
    budget = CpuBudget(0.1, now=0, used=0)
    assert budget.stop_for(now=1000, used=0) == 0
    assert budget.stop_for(now=1000, used=0.1 * 2 * STOP * 0.99) == 0
    assert budget.stop_for(now=1000, used=0.1 * 2 * STOP) > 0


def test_given_a_clock_or_a_count_that_goes_back_when_looked_at_then_nothing_is_given_and_nothing_taken() -> None:
    budget = CpuBudget(0.1, now=1000, used=5)
    assert budget.stop_for(now=0, used=3) == 0
    assert budget.stop_for(now=0, used=3 + 0.1 * STOP * 1.001) == pytest.approx(STOP * 1.001)


@given(
    limit=st.floats(0.001, 8),
    threads=st.integers(1, 4),
    late=st.lists(st.floats(0, 0.02), min_size=1, max_size=10),
    cores=st.floats(0.1, 1),
)
def test_whatever_the_limit_a_program_that_always_computes_gets_its_share_and_no_more(
    limit: float, threads: int, late: list[float], cores: float
) -> None:
    """As the gauges do it: look, stop for so long, go on until the alarm; each a little late."""
    speed = threads * cores  # CPU seconds a second; the machine is busy
    budget, now, used, steps = CpuBudget(limit, now=0, used=0), 0.0, 0.0, 0
    worst = 0.0
    while now < 20 and steps < 10_000:
        delay = late[steps % len(late)]
        ran = budget.look_after() / speed + delay
        now, used, steps = now + ran, used + ran * speed, steps + 1
        worst = max(worst, ran * speed)
        stop = budget.stop_for(now=now, used=used)
        if stop > 0:
            now += stop + delay
            assert budget.stop_for(now=now, used=used) == 0
    assert used <= limit * (now + 2 * STOP) + worst + 1e-9
    if now >= 20:
        assert used >= min(limit * 0.9, speed * 0.9) * now - worst - 2 * STOP * limit


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    before = signal.getsignal(signal.SIGPROF)
    one = Scheduler()
    yield one
    one.close()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGPROF, before)


@pytest.fixture
def spinner() -> Iterator[int]:
    """A process that computes, as soon as it may go on."""
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
        while True:
            pass
    os.waitpid(pid, os.WUNTRACED)
    yield pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


@pytest.mark.parametrize("kernel_has_it", [True, False])
def test_given_an_alarm_when_the_process_computes_then_it_rings_each_time_it_is_armed(
    scheduler: Scheduler, spinner: int, monkeypatch: pytest.MonkeyPatch, kernel_has_it: bool
) -> None:
    if not kernel_has_it:
        monkeypatch.setattr(cpu_alarm, "_new_timer", lambda _clock: None)
    rings: list[float] = []

    def ring() -> None:
        rings.append(time.clock_gettime(cpu_clock(spinner)))
        if len(rings) == 3:
            scheduler.stop()
        else:
            alarm.arm(0.02)

    alarm = CpuAlarm(scheduler, [cpu_clock(spinner)], ring)
    alarm.arm(0.02)
    os.kill(spinner, signal.SIGCONT)
    scheduler.run()
    assert len(rings) == 3
    if kernel_has_it:
        assert all(later - sooner >= 0.02 for sooner, later in zip([0.0, *rings], rings, strict=False))


@pytest.mark.parametrize("kernel_has_it", [True, False])
def test_given_an_alarm_when_it_is_armed_again_before_it_rang_then_it_rings_once(
    scheduler: Scheduler, spinner: int, monkeypatch: pytest.MonkeyPatch, kernel_has_it: bool
) -> None:
    if not kernel_has_it:
        monkeypatch.setattr(cpu_alarm, "_new_timer", lambda _clock: None)
    rings: list[str] = []
    alarm = CpuAlarm(scheduler, [cpu_clock(spinner)], lambda: rings.append("rang"))
    alarm.arm(0.01)
    alarm.arm(0.02)
    os.kill(spinner, signal.SIGCONT)
    scheduler.after(0.2, scheduler.stop)
    scheduler.run()
    assert rings == ["rang"]


def test_given_an_alarm_when_the_process_sleeps_then_it_never_rings(scheduler: Scheduler, spinner: int) -> None:
    rings: list[str] = []
    alarm = CpuAlarm(scheduler, [cpu_clock(spinner)], lambda: rings.append("rang"))
    alarm.arm(0.001)
    scheduler.after(0.2, scheduler.stop)
    scheduler.run()
    assert rings == []


def test_given_an_alarm_on_two_processes_when_only_the_second_computes_then_it_rings(
    scheduler: Scheduler, spinner: int
) -> None:
    alarm = CpuAlarm(scheduler, [cpu_clock(spinner), time.CLOCK_PROCESS_CPUTIME_ID], scheduler.stop)
    alarm.arm(0.02)
    before = time.process_time()
    threading.Thread(target=compute, args=(before + 0.5,)).start()
    scheduler.run()
    assert 0.02 <= time.process_time() - before < 0.5


def test_given_an_alarm_that_is_not_heard_when_a_program_computes_then_it_is_held_to_its_share_all_the_same(
    scheduler: Scheduler, spinner: int, limits: Callable[..., ResourceVector]
) -> None:
    """A program that sleeps at each tick of the kernel's is not heard; here it is that nothing is."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        guest = GuestProcess(spinner, ours)
        gauges = Gauges(
            scheduler,
            Meter(limits(cpu=0.1)),
            guest,
            on_overdrawn=lambda _: scheduler.stop(),
            on_hidden=scheduler.stop,
        )
        gauges.start()
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        os.kill(spinner, signal.SIGCONT)
        scheduler.after(0.5, scheduler.stop)
        scheduler.run()
        gauges.close()
        assert sum(seconds for _at, seconds in gauges.stop_times()) > 0.1
        guest.close()


def compute(until: float) -> None:
    while time.process_time() < until:
        pass


def test_given_a_process_that_has_ended_when_the_alarm_is_armed_then_nothing_happens(scheduler: Scheduler) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    alarm = CpuAlarm(scheduler, [cpu_clock(pid)], lambda: None)
    os.waitpid(pid, 0)
    alarm.arm(0.001)
    assert not Path(f"/proc/{pid}").exists()
