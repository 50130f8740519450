"""What an attacker with native code may do to the monitor itself: looked at from the monitor's side."""

import errno
import os
import resource
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seattle.repy import door
from seattle.repy.guest import runtime
from seattle.repy.monitor.channels import Channel, pair
from seattle.repy.monitor.pace import Pace
from seattle.repy.monitor.scheduler import READABLE, Readiness, Scheduler, Task
from seattle.repy.nursery import Nursery
from seattle.repy.spawn import listen
from seattle.repy.walls import prepare

Start = Callable[..., Any]  # see conftest.py

OPENS_AND_DROPS_LINES = """
from seattle.repy.guest import channel
print("begin")
channel.mine().ask_for_channel().close()
for number in range(300):
    while True:
        try:
            channel.mine().ask_for_channel().close()
            break
        except ResourceExhaustedError:
            sleep(0.001)
print("dropped")
sleep(1000)
"""

FLOODS_THE_LOG = """
def flood():
    while True:
        log("x" * 100_000)
for number in range(15):
    createthread(flood)
sleep(1000)
"""


def descriptors(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - only their number counts
    except PermissionError:
        pytest.skip("the monitor lets nobody but root look at its descriptors")


def resident(pid: int) -> int:
    """Bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_given_descriptors_sent_through_the_door_when_counted_then_the_monitor_has_kept_none() -> None:
    """The guest's filter refuses to send any; this is the monitor's own side, should it ever not."""
    ours, theirs = pair()
    heard: list[bytes] = []
    scheduler = Scheduler()

    def write(call: door.Log) -> None:
        heard.append(call.data)

    channel = Channel(
        ours,
        scheduler,
        {door.Log: write},
        refusals=Pace(1),
        on_closed=lambda _: None,
        on_violation=lambda why: heard.append(why.encode()),
    )
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only their number counts
    with theirs:
        for _ in range(50):
            socket.send_fds(theirs, [door.encode(door.Log(b"x"))], [theirs.fileno()] * 100)
            assert channel.hear_next()
            theirs.recv(door.MAX_FRAME)
        assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert heard == [b"x"] * 50
    channel.close()
    scheduler.close()


def test_given_a_frame_that_is_all_name_when_it_is_no_call_then_the_reason_is_short() -> None:
    ours, theirs = pair()
    heard: list[str] = []
    scheduler = Scheduler()
    channel = Channel(ours, scheduler, {}, refusals=Pace(1), on_closed=lambda _: None, on_violation=heard.append)
    with theirs:
        theirs.send(msgspec.msgpack.encode(["\x01" * (door.MAX_FRAME - 100)]))
        assert channel.hear_next()
    assert len(heard) == 1
    assert heard[0].startswith("the guest broke the protocol: Invalid value '\x01")
    assert len(heard[0]) < 1000
    channel.close()
    scheduler.close()


def test_given_a_wait_that_the_kernel_does_not_take_when_a_call_needs_it_then_it_is_refused_and_the_line_goes_on() -> (
    None
):
    ours, theirs = pair()
    violations: list[str] = []
    scheduler = Scheduler()

    def wait(_call: door.GetMyIp) -> Task:
        yield Readiness(ours.fileno(), READABLE)  # which is watched already

    channel = Channel(
        ours,
        scheduler,
        {door.GetMyIp: wait, door.Log: lambda _call: None},
        refusals=Pace(10),
        on_closed=lambda _: None,
        on_violation=violations.append,
    )
    answers = []
    with theirs:
        for call in (door.GetMyIp(), door.Log(b"x")):
            theirs.send(door.encode(call))
            assert channel.hear_next()
            answers.append(door.decode_answer(theirs.recv(door.MAX_FRAME)))
    assert isinstance(answers[0], door.Failed)
    assert (answers[0].refusal, answers[1], violations) == (door.Refusal.EXHAUSTED, door.Done(), [])
    channel.close()
    scheduler.close()


def test_given_lines_that_are_made_and_dropped_when_counted_then_the_monitor_has_kept_none(start: Start) -> None:
    run = start(OPENS_AND_DROPS_LINES, walls="kernel")
    run.wait_for_output("begin")
    before = descriptors(run.monitor)
    run.wait_for_output("dropped")
    deadline = time.monotonic() + 10
    while descriptors(run.monitor) > before + 1 and time.monotonic() < deadline:
        time.sleep(0.01)  # the last ones are on their way
    assert descriptors(run.monitor) <= before + 1


def test_given_a_log_that_nobody_reads_when_flooded_then_the_monitor_does_not_grow(start: Start) -> None:
    run = start(FLOODS_THE_LOG, limits={"lograte": 10**9})
    before = resident(run.monitor)
    time.sleep(0.5)  # nobody reads meanwhile: all that is written has to stay with the writers
    assert resident(run.monitor) - before < 16 * (1 << 20)
    run.stop()
    assert run.wait().kind == "stopped"


def test_given_two_vessels_of_one_nursery_when_one_breaks_the_rules_then_the_other_runs_on(
    start: Start,
) -> None:
    good = start("print('up')\nsleep(0.3)\nprint('end')\n")
    good.wait_for_output("up")
    bad = start(
        "from seattle.repy.guest import channel\nchannel.mine()._socket.send(b'!')\nsleep(1000)", walls="kernel"
    )
    assert bad.wait().kind == "violation"
    assert good.wait().output == "up\nend\n"


def test_given_a_monitor_without_descriptors_when_threads_are_wanted_then_they_are_refused_and_the_program_goes_on(
    start: Start,
) -> None:
    program = """
        sleep(0.5)
        print("begin")
        try:
            for number in range(15):
                createthread(lambda: sleep(2))
        except ResourceExhaustedError:
            print("refused", number)
        exitall()
    """
    run = start(program)
    most = descriptors(run.monitor) + 4
    resource.prlimit(run.monitor, resource.RLIMIT_NOFILE, (most, most))
    result = run.wait()
    assert result.kind == "exited", result.detail
    assert "refused" in result.output


def test_given_a_vessels_limits_when_its_monitor_runs_then_it_has_limits_that_fit_them(start: Start) -> None:
    run = start("sleep(1000)", limits={"events": 1000, "filesopened": 900, "insockets": 100, "outsockets": 100})
    descriptors_now, hard = resource.prlimit(run.monitor, resource.RLIMIT_NOFILE)
    assert descriptors_now >= min(3100, hard)
    assert resource.prlimit(run.monitor, resource.RLIMIT_DATA)[1] < 1 << 30


def test_given_a_nursery_when_it_has_a_run_then_its_own_descriptors_are_not_in_the_monitor(
    start: Start, new_nursery: Callable[[], Any]
) -> None:
    nursery = new_nursery()
    run = start("sleep(1000)", using=nursery)
    descriptors(run.monitor)
    held = {os.readlink(f"/proc/{run.monitor}/fd/{fd}") for fd in os.listdir(f"/proc/{run.monitor}/fd")}  # noqa: PTH115, PTH208
    assert os.readlink(f"/proc/self/fd/{nursery._lifeline}") not in held  # noqa: PTH115


def test_given_a_system_without_processes_when_a_nursery_wants_a_spare_then_it_tries_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A guest that uses up the account's processes must not end the nursery of all others."""
    lifeline, end = os.pipe()
    tried: list[int] = []

    def fork() -> int:
        tried.append(len(tried))
        if len(tried) == 3:
            os.close(end)
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    prepared, loaded = prepare(), runtime.Runtime()
    monkeypatch.setattr(os, "fork", fork)
    monkeypatch.setattr("gc.freeze", lambda: None)
    monkeypatch.setattr("seattle.repy.thread_clean_up.leave_out", lambda: None)  # this process has threads
    with listen(tmp_path / "nursery") as listener:
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
        Nursery(prepared, loaded, listener).serve(lifeline=lifeline, linger=None)
        assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208
    os.close(lifeline)
    assert len(tried) == 3
