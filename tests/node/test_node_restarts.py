"""Programs that start again when they have ended: when, how often, and when not."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.fabric import node_api as api
from seattle.fabric.node_api import RestartPolicy
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair
from seattle.node import restarts
from seattle.node.restarts import (
    FIRST_PAUSE,
    GOOD_RUN,
    LONGEST_PAUSE,
    RestartPlan,
    after_end,
    after_failed_start,
    seconds_left,
)
from seattle.repy.outcome import Outcome, OutcomeKind

Join = Callable[..., Awaitable[Any]]
Alive = Callable[[int], bool]

ALWAYS, ON_FAILURE = (RestartPlan(policy=policy) for policy in (RestartPolicy.ALWAYS, RestartPolicy.ON_FAILURE))
FINE = Outcome(OutcomeKind.EXITED, "0")
BAD = Outcome(OutcomeKind.EXITED, "3")
NOW = 1_000_000.0

LINGER = "print('on')\nwhile True:\n    sleep(0.1)\n"
FAIL_ONCE = """
if "seen" in listfiles():
    print("again")
else:
    openfile("seen", True).close()
    raise ValueError("the first time")
"""


@pytest.mark.parametrize(
    ("outcome", "always", "on_failure"),
    [
        (FINE, True, False),
        (BAD, True, True),
        (Outcome(OutcomeKind.EXCEPTION, "ValueError"), True, True),
        (Outcome(OutcomeKind.KILLED, "memory"), True, True),
        (Outcome(OutcomeKind.VIOLATION, "it"), True, True),
        (Outcome(OutcomeKind.CRASHED, "signal 11"), True, True),
        (Outcome(OutcomeKind.STOPPED, "the node"), True, False),
        (Outcome(OutcomeKind.UNSAFE, "RP012"), False, False),
        (None, True, False),
    ],
)
def test_given_an_outcome_when_a_run_has_ended_then_the_policy_says_whether_it_starts_again(
    outcome: Outcome | None, always: bool, on_failure: bool
) -> None:
    assert (after_end(ALWAYS, outcome, ran_for=1.0, now=NOW) is not None) is always
    assert (after_end(ON_FAILURE, outcome, ran_for=1.0, now=NOW) is not None) is on_failure


def test_given_runs_that_are_short_when_they_end_then_each_pause_is_twice_the_last_up_to_a_bound() -> None:
    plan, pauses = ALWAYS, []
    for _ in range(12):
        ended = after_end(plan, FINE, ran_for=0.1, now=NOW)
        assert ended is not None
        pauses.append(seconds_left(ended, now=NOW))
        plan = ended
    assert pauses[:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


def test_given_short_runs_when_a_long_one_follows_then_the_pause_is_the_first_again() -> None:
    tired = RestartPlan(policy=RestartPolicy.ALWAYS, short_runs=9)
    ended = after_end(tired, BAD, ran_for=GOOD_RUN, now=NOW)
    assert ended is not None
    assert seconds_left(ended, now=NOW) == FIRST_PAUSE


@given(jump=st.floats(-1e12, 1e12))
def test_given_a_clock_that_jumps_when_a_restart_is_due_then_nobody_waits_longer_than_the_longest_pause(
    jump: float,
) -> None:
    plan = after_failed_start(ALWAYS, now=NOW)
    assert 0 <= seconds_left(plan, now=NOW + jump) <= LONGEST_PAUSE


@pytest.mark.anyio
async def test_given_a_program_that_fails_once_when_it_is_to_start_again_on_failure_then_it_does_and_then_rests(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put(FAIL_ONCE)
    await hands.start_again(restart=RestartPolicy.ON_FAILURE)
    await until_run(hands, 2)
    _data, last = await hands.follow(None)
    assert (last.outcome.kind, last.run) == ("exited", 2)
    summary = await hands.summary()
    assert (summary.state, summary.restart, summary.again_at) == (api.VesselState.TERMINATED, "never", None)


@pytest.mark.anyio
async def test_given_a_program_that_shall_always_run_when_it_waits_for_its_next_start_and_is_stopped_then_it_rests(
    node: Any, join: Join, user: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restarts, "FIRST_PAUSE", 3.0)  # so that a busy machine gets to stop it meanwhile
    hands = (await join(user)).at(node.public)
    await hands.put("print('short')\n")
    await hands.start_again(restart=RestartPolicy.ALWAYS)
    await hands.follow()
    waiting = await hands.summary()
    assert (waiting.restart, waiting.state) == ("always", api.VesselState.TERMINATED)
    assert waiting.again_at is not None
    await hands.stop()
    summary = await hands.summary()
    assert (summary.restart, summary.again_at, summary.run) == ("never", None, waiting.run)
    before = await hands.ask(api.WAIT_FOR_CHANGE, api.WaitForChange())
    assert (await hands.ask(api.WAIT_FOR_CHANGE, api.WaitForChange(cursor=before.cursor, wait=3.5))).vessels == []


@pytest.mark.anyio
async def test_given_a_file_that_was_deleted_when_its_program_shall_start_again_then_it_is_tried_until_it_is_back(
    node: Any, join: Join, user: KeyPair, until: Any
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put("print('short')\n")
    await hands.start_again(restart=RestartPolicy.ALWAYS)
    await hands.follow()
    await hands.ask(api.DELETE_FILE, api.DeleteFile(vessel="v1", name="program.py"))
    await until(lambda: any(event["event"] == "restart_failed" for event in node.logged))
    await hands.put(LINGER)
    await until_run(hands, 2)
    assert (await hands.summary()).state is api.VesselState.STARTED


@pytest.mark.anyio
@pytest.mark.parametrize("restart", [RestartPolicy.ALWAYS, RestartPolicy.ON_FAILURE])
async def test_given_everything_is_gone_as_after_a_power_cut_when_the_node_is_back_then_what_shall_always_run_runs(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair, restart: RestartPolicy
) -> None:
    prepared = prepare(server.url)
    node = await spawn(prepared)
    hands = (await join(user)).at(node.public)
    await hands.put(LINGER)
    await hands.start_again("an argument", restart=restart)
    await hands.until_it_says(b"on")
    monitor = psutil.Process(node.guest()).ppid()
    await node.kill()
    os.kill(monitor, signal.SIGKILL)
    await spawn(prepared)
    if restart is RestartPolicy.ALWAYS:
        await until_run(hands, 2)
        assert (await hands.summary()).state is api.VesselState.STARTED
    else:
        summary = await hands.summary()
        assert (summary.state, summary.run, summary.restart) == (api.VesselState.STALE, 1, "never")


@pytest.mark.anyio
async def test_given_a_program_that_shall_always_run_when_its_node_was_shut_down_in_order_then_it_runs_on_the_next_day(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await start_node(prepared)
    hands = (await join(user)).at(node.public)
    await hands.put(LINGER)
    await hands.start_again(restart=RestartPolicy.ALWAYS)
    await node.end()
    await start_node(prepared)
    await until_run(hands, 2)
    assert (await hands.summary()).state is api.VesselState.STARTED


@pytest.mark.anyio
async def test_given_a_program_that_was_stopped_when_its_node_was_restarted_then_it_rests(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await start_node(prepared)
    hands = (await join(user)).at(node.public)
    await hands.put(LINGER)
    await hands.start_again(restart=RestartPolicy.ALWAYS)
    await hands.stop()
    await node.end()
    await start_node(prepared)
    summary = await hands.summary()
    assert (summary.state, summary.run, summary.restart) == (api.VesselState.STOPPED, 1, "never")


async def until_run(hands: Any, number: int) -> None:
    """Wait until the vessel has begun its run of this number."""
    async with asyncio.timeout(20):
        while (await hands.summary()).run < number:  # noqa: ASYNC110 - nobody's call starts it, and tells us so
            await asyncio.sleep(0.05)
