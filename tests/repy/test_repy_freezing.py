"""A program that its donor holds back stands still, whatever it does, and goes on where it was."""

import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from seattle.repy import launch
from seattle.repy.monitor.cpu_alarm import cpu_clock
from seattle.repy.outcome import OutcomeKind

SPIN = "print('on')\nwhile True:\n    pass\n"
BUSY = """
print('on')
def chatter():
    while True:
        randombytes()
        sleep(0)
for _ in range(5):
    createthread(chatter)
chatter()
"""
STILL = 0.3  # seconds for which a program is watched
LOW = 0.001  # CPU seconds: none, but for what the clock's own reading may tell


def tell(run: Any, *words: str) -> Any:
    """Say something to a run's monitor, and wait until it has heard it; the stop times that it then tells."""
    run.line.send(launch.pack(*words))
    return json.loads(run.usage()[1])[2]


def cpu(run: Any) -> float:
    return time.clock_gettime(cpu_clock(run.guest))


def used_meanwhile(run: Any, seconds: float = STILL) -> float:
    """CPU seconds that the guest uses in the next so many seconds."""
    before = cpu(run)
    threading.Event().wait(seconds)
    return cpu(run) - before


def settled(run: Any) -> None:
    """Wait until a stop signal has reached all threads of the guest."""
    before = -1.0
    while before != (now := cpu(run)):
        before = now
        threading.Event().wait(0.05)


@pytest.mark.parametrize("program", [SPIN, BUSY])
@pytest.mark.parametrize("share", ["0.2", "1"])
def test_given_a_program_that_computes_when_it_is_frozen_then_it_stands_still_whatever_its_share(
    start: Callable[..., Any], program: str, share: str
) -> None:
    """The attack: a guest that owes CPU time is continued when it has paid; a frozen one must not be."""
    run = start(program, limits={"cpu": float(share), "random": 10_000_000})
    run.wait_for_output("on")
    tell(run, launch.FREEZE)
    settled(run)
    assert used_meanwhile(run) < LOW


def test_given_a_frozen_program_when_it_is_thawed_then_it_goes_on_within_its_share_and_the_stop_is_told(
    start: Callable[..., Any],
) -> None:
    run = start("x = 0\nprint('on')\nwhile getruntime() < 1.5:\n    x += 1\nprint('done')", limits={"cpu": 1.0})
    run.wait_for_output("on")
    standing = tell(run, launch.FREEZE)
    settled(run)
    stopped = tell(run, launch.FREEZE)  # again: nothing changes
    assert standing[-1][0] == stopped[-1][0]
    assert stopped[-1][1] > standing[-1][1]
    thawed = tell(run, launch.THAW)
    assert thawed[-1][0] == stopped[-1][0]
    assert thawed[-1][1] >= stopped[-1][1]
    assert run.wait().output.endswith("done\n")


def test_given_a_program_that_was_never_frozen_when_it_is_thawed_then_its_share_holds_on(
    start: Callable[..., Any],
) -> None:
    run = start(SPIN, limits={"cpu": 0.1})
    run.wait_for_output("on")
    for _ in range(20):
        tell(run, launch.THAW)
    assert used_meanwhile(run, 1.0) < 0.1 * 1.0 + 0.1


def test_given_a_frozen_program_when_it_is_stopped_then_it_ends_at_once(start: Callable[..., Any]) -> None:
    run = start(SPIN)
    run.wait_for_output("on")
    tell(run, launch.FREEZE)
    began = time.monotonic()
    run.stop("the donor")
    result = run.wait()
    assert (result.kind, result.detail) == (OutcomeKind.STOPPED, "the donor")
    assert time.monotonic() - began < 5.0


def test_given_another_share_when_a_program_computes_then_it_is_held_to_that_and_told_so(
    start: Callable[..., Any],
) -> None:
    run = start("print('on')\nwhile True:\n    pass\n", limits={"cpu": 0.05})
    run.wait_for_output("on")
    tell(run, launch.CPU, "0.5")
    assert json.loads(run.usage()[1])[0]["cpu"] == 0.5
    before, began, used, passed = cpu(run), time.monotonic(), 0.0, 0.0
    while used < 0.4 and passed < 7:  # seconds; with its old share it takes eight
        threading.Event().wait(0.1)
        used, passed = cpu(run) - before, time.monotonic() - began
    assert 0.4 <= used < 0.5 * passed + 0.2


@pytest.mark.parametrize("share", ["0", "-1", "nan", "much", ""])
def test_given_a_share_that_is_none_when_it_is_told_then_the_program_does_not_run_on_without_one(
    start: Callable[..., Any], share: str
) -> None:
    run = start(SPIN, limits={"cpu": 0.1})
    run.wait_for_output("on")
    run.line.send(launch.pack(launch.CPU, share))
    assert run.wait().kind == OutcomeKind.VIOLATION


@pytest.mark.soak
def test_given_any_orders_for_a_while_when_they_end_then_the_program_has_had_its_share_and_goes_on(
    start: Callable[..., Any],
) -> None:
    rng = random.Random(11)
    run = start(BUSY, limits={"cpu": 0.3, "random": 10_000_000})
    run.wait_for_output("on")
    before, began = cpu(run), time.monotonic()
    for _ in range(300):
        word = rng.choice([[launch.FREEZE], [launch.THAW], [launch.CPU, "0.3"]])
        run.line.send(launch.pack(*word))
        threading.Event().wait(rng.uniform(0, 0.1))
    passed = time.monotonic() - began
    assert cpu(run) - before < 0.3 * passed + 0.2
    tell(run, launch.THAW)
    assert used_meanwhile(run, 2.0) > 0.1
