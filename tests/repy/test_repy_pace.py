"""What no limit counts is held to so many a second: refusals, threads that begin, and names that are looked up."""

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy import door
from seattle.repy.door import Refusal
from seattle.repy.monitor import pace
from seattle.repy.monitor.channels import Channel, pair
from seattle.repy.monitor.pace import Pace
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Scheduler

Start = Callable[..., Any]  # see conftest.py

# Native code behind the kernel wall alone: no stub of ours is in the attacker's way.
ATTACK = """
from seattle.repy import door
from seattle.repy.guest import channel
from seattle.repy.guest.exceptions import RepyException
here, port = "127.0.0.1", int(callargs[1])
listener = listenformessage(here, port)
def attack():
    {attack}
began = getruntime()
for _ in range(int(callargs[0])):
    try:
        attack()
    except RepyException:
        pass
print(getruntime() - began)
"""
ATTACKS = {
    "malformed calls": ("channel.ask(door.OpenFile('x' * 1000, True))", pace.REFUSALS),
    "handles that are none": ("channel.ask(door.GetMessage(2**53))", pace.REFUSALS),
    "ports that are taken": ("listenformessage(here, port)", pace.REFUSALS // 20),  # each is much work for the kernel
    "threads": ("channel.mine().ask_for_channel().close()", pace.THREADS),
    "names": ("channel.ask(door.GetHostByName('localhost'))", pace.LOOK_UPS),
}


@pytest.mark.parametrize("kind", ATTACKS)
def test_given_a_program_that_floods_with_what_no_limit_counts_when_a_second_is_used_up_then_it_waits_for_more(
    start: Start, ports: Callable[[int], list[int]], kind: str
) -> None:
    attack, a_second = ATTACKS[kind]
    own = ports(1)
    run = start(
        ATTACK.format(attack=attack),
        a_second * 3 // 2,
        *own,
        limits={"messport": own, "loopsend": 1e12, "looprecv": 1e12, "netsend": 1e12, "netrecv": 1e12},
        walls="kernel",
    )
    assert float(run.wait().output) > 0.45  # the first second's worth is free, the other half of one is not


def test_given_many_lines_when_they_flood_together_then_they_have_one_pace(
    start: Start, ports: Callable[[int], list[int]]
) -> None:
    threads = """
lines = [channel.mine(), *(channel.mine().ask_for_channel() for _ in range(4))]
def attack():
    for line in lines:
        line._send(door.encode(door.FileSize(2**53)))
    for line in lines:
        line._receive(line._answer)
"""
    attack = ATTACK.replace("def attack():\n    {attack}\n", threads)
    own = ports(1)
    run = start(attack, pace.REFUSALS * 3 // 2 // 5, *own, limits={"messport": own}, walls="kernel")
    assert float(run.wait().output) > 0.45


@given(
    steps=st.lists(st.tuples(st.floats(0, 3), st.integers(1, 40)), min_size=1, max_size=60),
    a_second=st.integers(1, 1000),
)
def test_given_any_pace_when_all_wait_as_told_then_no_stretch_of_time_has_more_than_its_share_and_one_second_more(
    steps: list[tuple[float, int]], a_second: int
) -> None:
    now = 0.0
    one = Pace(a_second, clock=lambda: now)
    done: list[tuple[float, int]] = []  # when, and how many
    for pause, count in steps:
        now += pause
        done.append((now + one.take(count), count))
    for first, (begin, _) in enumerate(done):
        for last in range(first, len(done)):
            stretch = done[last][0] - begin
            many = sum(count for _, count in done[first : last + 1])
            # The first may have waited for itself already, and others may have rested.
            assert many <= a_second * (stretch + 1 + pace.REST) + 40 + 1e-6


@pytest.fixture
def refused() -> Iterator[Callable[[Refusal], bool]]:
    """Whether a call that is refused in this way is answered at once, by a monitor that has refused enough."""
    with ExitStack() as stack:

        def ask(refusal: Refusal) -> bool:
            def handle(_call: door.Call) -> None:
                raise RefusedError(refusal, "no")

            ours, theirs = pair()
            scheduler = Scheduler()
            used_up = Pace(1)
            used_up.take(1000)
            channel = Channel(
                ours,
                scheduler,
                {door.RandomBytes: handle},
                refusals=used_up,
                on_closed=lambda _: None,
                on_violation=pytest.fail,
            )
            for undo in (scheduler.close, channel.close, theirs.close):
                stack.callback(undo)
            theirs.send(door.encode(door.RandomBytes()))
            assert channel.hear_next()
            return is_readable(theirs)

        yield ask


@pytest.mark.parametrize("refusal", [one for one in Refusal if one not in (Refusal.WOULD_BLOCK, Refusal.TIMEOUT)])
def test_given_enough_refusals_when_a_call_is_refused_then_the_answer_is_late(
    refused: Callable[[Refusal], bool], refusal: Refusal
) -> None:
    assert not refused(refusal)


@pytest.mark.parametrize("refusal", [Refusal.WOULD_BLOCK, Refusal.TIMEOUT])
def test_given_enough_refusals_when_nothing_is_there_yet_then_the_answer_is_at_once(
    refused: Callable[[Refusal], bool], refusal: Refusal
) -> None:
    assert refused(refusal)


def is_readable(line: socket.socket) -> bool:
    return bool(select.select([line], [], [], 0)[0])
