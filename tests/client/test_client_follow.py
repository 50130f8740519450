"""Logs of many vessels as one stream, and the face with `async`."""

import asyncio
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from seattle.client import Patience, went_well
from seattle.client.aio.log_reader import UNHURRIED
from seattle.client.aio.testbed import connect
from seattle.client.lines import Line
from seattle.client.profile import Profile
from seattle.fabric.errors import RemoteError
from seattle.fabric.node_api import RunOutcome
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio

World = Any  # of conftest.py, which tests don't import

BOUND = 20  # seconds; far more than anything here takes
QUICK = Patience(call=5.0, poll=5.0, pauses=(0.01, 0.01))
HASTY = Patience(call=0.1, poll=0.1, pauses=(0.01, 0.01))
DONE = RunOutcome(kind="exited", detail="0", exit_code=0)


async def act(node: Any, work: Any, *args: Any) -> None:
    """Do something with a node, whose event loop is not ours."""
    await asyncio.to_thread(node.act, work, *args)


async def test_given_three_vessels_that_write_at_the_same_time_then_every_line_of_each_comes_in_order(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    nodes = await asyncio.to_thread(lambda: [world.node(alice, "v1") for _ in range(3)])
    rng = random.Random(7)
    lines = {node.id: [f"{node.id} {n} {'ä' * rng.randrange(200)}" for n in range(300)] for node in nodes}

    def write_all(node: Any) -> None:
        whole = "\n".join(lines[node.id]).encode()  # no newline at the very end
        while whole:
            cut = rng.randrange(1, 2000)
            node.vessels["v1"].write(whole[:cut])
            whole = whole[cut:]
        node.vessels["v1"].end(DONE)

    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        (await vessels.put(b"say begun", "p.py")).raise_for_failures()
        run = await vessels.start("p.py")
        got = defaultdict(list)
        begun = 0
        async for line in run.follow():
            if line.text == "begun":  # it comes while the programs still run
                begun += 1
                if begun == len(nodes):
                    await asyncio.gather(*(act(node, write_all, node) for node in nodes))
            else:
                got[line.vessel.node].append(line.text)
        assert got == lines
        assert all(went_well(end) for end in run.outcomes.values())


async def test_given_a_vessel_that_says_nothing_then_the_lines_of_another_come_all_the_same(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    mute, talker = await asyncio.to_thread(lambda: [world.node(alice, "v1") for _ in range(2)])
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"", "p.py")
        run = await vessels.start("p.py")
        async with run.follow() as lines:
            for number in range(5):
                await act(talker, talker.vessels["v1"].write, b"%d\n" % number)
                assert (await anext(lines)).text == str(number)
        assert not run.outcomes
        assert mute.vessels["v1"].run == 1


async def test_given_a_reader_that_takes_its_time_then_no_more_than_a_piece_of_each_log_is_held_for_it(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    node = await asyncio.to_thread(world.node, alice, "v1")
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"", "p.py")
        run = await vessels.start("p.py")
        await act(node, node.vessels["v1"].write, b"x" * 99 + b"\n" * 1 + b"y\n" * 50_000)
        async with run.follow() as lines:
            assert (await anext(lines)).text == "x" * 99
            await vessels.list()  # time in which it could have read on
            assert [method for method, _ in node.calls].count("read_log") <= 2


async def test_given_a_node_that_holds_no_polls_then_it_is_not_asked_all_the_time(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    node = await asyncio.to_thread(world.node, alice, "v1")
    node.patient = False
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"say x", "p.py")
        run = await vessels.start("p.py")
        begun = asyncio.get_running_loop().time()
        async with run.follow() as lines:
            assert (await anext(lines)).text == "x"
            for _ in range(20):
                await vessels.list()  # time in which it could ask again and again
            took = asyncio.get_running_loop().time() - begun
        asked = [method for method, _ in node.calls].count("read_log")
        assert asked <= 4 + took / UNHURRIED


async def test_given_a_log_that_overtook_its_reader_then_the_stream_says_how_much_is_missing(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    node = await asyncio.to_thread(world.node, alice, "v1")
    vessel = node.vessels["v1"]
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"say first", "p.py")
        run = await vessels.start("p.py")
        async with run.follow() as lines:
            assert await anext(lines) == Line(vessels[0].place, "first")
            await act(node, vessel.write, b"z" * 400_000 + b"\nlast\n")
            await act(node, vessel.end, DONE)
            rest = [line async for line in lines]
        assert rest[0].missed == vessel.kept_from - len(b"first\n")
        assert rest[-1].text == "last"


async def test_given_a_node_that_falls_silent_then_it_is_given_up_and_the_others_are_followed_to_the_end(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    good, bad = await asyncio.to_thread(lambda: [world.node(alice, "v1") for _ in range(2)])
    async with asyncio.timeout(BOUND), connect(profile, patience=HASTY) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"say here", "p.py")
        run = await vessels.start("p.py")
        bad.hold.add("read_log")
        seen = []
        async for line in run.follow():
            seen.append(line.vessel.node)
            await act(good, good.vessels["v1"].end, DONE)
        assert seen == [good.id]
        ends = {place.node: end for place, end in run.outcomes.items()}
        assert ends[good.id] == DONE
        assert getattr(ends[bad.id], "code", None) == "no-answer"


async def test_given_a_vessel_that_someone_started_anew_then_the_old_run_is_not_followed_into_the_new_one(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    node = await asyncio.to_thread(world.node, alice, "v1")
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"say old", "p.py")
        run = await vessels.start("p.py")
        await vessels.stop()
        await vessels.start("p.py")
        assert [line async for line in run.follow()] == []
        assert [getattr(end, "code", None) for end in run.outcomes.values()] == ["not-running"]
        assert node.vessels["v1"].run == 2


async def test_given_a_second_run_then_only_its_own_lines_are_followed(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    await asyncio.to_thread(world.node, alice, "v1")
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"say {0}\nexit 0", "p.py")
        await (await vessels.start("p.py", "one")).wait()
        run = await vessels.start("p.py", "two")
        assert [line.text async for line in run.follow()] == ["two"]


async def test_given_a_follower_that_is_left_open_when_the_testbed_closes_then_nothing_is_left_running(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    await asyncio.to_thread(world.node, alice, "v1")
    before = asyncio.all_tasks()
    async with asyncio.timeout(BOUND):
        async with connect(profile, patience=QUICK) as testbed:
            vessels = await testbed.browse()
            await vessels.put(b"say x", "p.py")
            run = await vessels.start("p.py")
            follower = run.follow()
            assert (await anext(follower)).text == "x"
        assert await follower.next_batch() == []
    assert asyncio.all_tasks() == before


async def test_given_a_refusal_while_it_is_followed_then_the_last_unfinished_line_still_comes(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    node = await asyncio.to_thread(world.node, alice, "v1")
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        await vessels.put(b"say whole", "p.py")
        run = await vessels.start("p.py")
        await act(node, node.vessels["v1"].write, b"half a li")
        async with run.follow() as lines:
            assert (await anext(lines)).text == "whole"
            node.refuse["read_log"] = RemoteError("not-allowed", "you have no right to this any more")
            await act(node, node.vessels["v1"].write, b"ne")
            assert [line.text async for line in lines] in (["half a li"], ["half a line"])
        assert [getattr(end, "code", None) for end in run.outcomes.values()] == ["not-allowed"]


async def test_given_a_mistake_in_the_arguments_then_it_is_raised_and_nothing_is_started(
    world: World, alice: KeyPair, profile: Profile, tmp_path: Path
) -> None:
    node = await asyncio.to_thread(world.node, alice, "v1")
    program = tmp_path / "p.py"
    program.write_text("exit 0")
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        with pytest.raises(ZeroDivisionError):
            await vessels.run(program, lambda vessel: [str(1 / 0)])
    assert node.vessels["v1"].run == 0


async def test_given_a_donor_who_holds_back_when_a_run_is_followed_then_the_reason_is_told_once(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    node = await asyncio.to_thread(world.node, alice, "v1")
    vessel = node.vessels["v1"]
    vessel.held = "the computer is hot"
    notes: list[tuple[str, str]] = []
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        (await vessels.put(b"say begun", "p.py")).raise_for_failures()
        run = await vessels.start("p.py")
        async for line in run.follow(on_note=lambda place, text: notes.append((place.vessel, text))):
            if line.text == "begun":
                await act(node, vessel.write, b"more\n")
            if line.text == "more":
                await act(node, vessel.end, DONE)
    assert notes == [("v1", "the computer is hot")]
