"""Programs that are being started on many vessels: each is followed at once, whatever the others take."""

import asyncio
from typing import Any

import pytest

from seattle.client import Failure, Patience, Success
from seattle.client.aio.starts import Start
from seattle.client.aio.testbed import connect
from seattle.client.profile import Profile
from seattle.fabric.errors import RemoteError
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio

World = Any  # of conftest.py, which tests don't import

BOUND = 20  # seconds; far more than anything here takes
QUICK = Patience(call=5.0, poll=5.0, pauses=(0.01, 0.01))


async def release(node: Any) -> None:
    """Let a node that holds a call back answer it."""
    await asyncio.to_thread(node.act, node.over.set)


async def test_given_a_vessel_that_takes_long_to_start_when_a_run_is_followed_then_the_lines_of_another_come_first(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    slow, quick = await asyncio.to_thread(lambda: [world.node(alice, "v1") for _ in range(2)])
    slow.hold.add("start")
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        (await vessels.put(b"say hello\nexit 0", "p.py")).raise_for_failures()
        run = await vessels.launch("p.py")
        lines = run.follow()
        first = await anext(lines)
        assert (first.vessel.node, first.text) == (quick.id, "hello")
        await release(slow)
        assert [line.vessel.node async for line in lines] == [slow.id]
        assert len(run.started.ok) == len(run.outcomes) == 2


async def test_given_a_launched_run_when_one_vessel_has_started_then_it_is_told_at_once_and_the_rest_when_settled(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    slow, bad = await asyncio.to_thread(lambda: [world.node(alice, "v1") for _ in range(2)])
    slow.hold.add("start")
    bad.refuse["start"] = RemoteError("not-started", "the walls don't stand")
    told: asyncio.Queue[Start] = asyncio.Queue()
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"say hello\nexit 0", "p.py")
        run = await vessels.launch("p.py", on_start=told.put_nowait)
        first = await told.get()
        assert isinstance(first, Failure)
        assert first.vessel.node == bad.id
        assert slow.id not in {one.vessel.node for one in run.started}
        await release(slow)
        settled = await run.settled()
        assert [one.vessel for one in settled] == list(run.places)
        assert {one.vessel.node: type(one) for one in settled} == {slow.id: Success, bad.id: Failure}


async def test_given_a_program_that_is_being_started_when_the_run_is_stopped_then_it_is_stopped_once_it_has(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    slow = await asyncio.to_thread(world.node, alice, "v1")
    slow.hold.add("start")
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"say hello", "p.py")
        run = await vessels.launch("p.py")
        await asyncio.to_thread(slow.act, slow.holding.wait)
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(run.stop())
            await release(slow)
        assert len(stopping.result().ok) == 1
        assert slow.vessels["v1"].state == "stopped"


async def test_given_a_start_that_is_waited_for_when_the_wait_is_cancelled_then_no_task_goes_on(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    slow = await asyncio.to_thread(world.node, alice, "v1")
    slow.hold.add("start")
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"", "p.py")
        waiting = asyncio.create_task(vessels.start("p.py"))
        await asyncio.to_thread(slow.act, slow.holding.wait)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("start ")]


async def test_given_a_program_that_is_being_started_when_the_testbed_is_closed_then_the_start_is_given_up(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    slow = await asyncio.to_thread(world.node, alice, "v1")
    slow.hold.add("start")
    async with asyncio.timeout(BOUND):
        async with connect(profile, patience=QUICK) as testbed:
            vessels = await testbed.browse()
            await vessels.put(b"", "p.py")
            run = await vessels.launch("p.py")
            await asyncio.to_thread(slow.act, slow.holding.wait)
        (given_up,) = await run.settled()
    assert isinstance(given_up, Failure)
    assert "before it had started" in given_up.message
