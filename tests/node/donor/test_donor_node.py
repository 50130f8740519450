"""A donor's policy on a real node: programs stand still, go on, are stopped, and everybody is told why."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from seattle.fabric import node_api as api
from seattle.fabric.directory import Directory, DirectoryClient
from seattle.fabric.errors import RemoteError
from seattle.identity.keys import KeyPair
from seattle.node.asking import ask as ask_daemon
from seattle.node.donor.verbs import POLICY, ShowPolicy
from seattle.node.donor.watch import TOLD
from seattle.repy.monitor.cpu_alarm import cpu_clock

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

SPIN = "print('on')\nwhile True:\n    pass\n"
HOT = "[temperature]\nstop_at = 85\nresume_at = 70\n"


async def moves(guest: int) -> bool:
    """Whether a process computes."""
    before = time.clock_gettime(cpu_clock(guest))
    await asyncio.sleep(0.15)
    return time.clock_gettime(cpu_clock(guest)) > before


async def until_it(computes: bool, guest: int) -> None:
    async with asyncio.timeout(20):
        while await moves(guest) is not computes:
            pass


async def describe(person: Any, node: Any) -> api.NodeDescription:
    told: api.NodeDescription = await person.client.asking(node.public, within=20)(api.DESCRIBE, api.Describe())
    return told


async def test_given_a_program_that_computes_when_the_computer_is_hot_then_it_stands_still_until_it_is_cool_again(
    donate: Any, join: Join, user: KeyPair
) -> None:
    there = await donate(HOT)
    hands = (await join(user)).at(there.node.public)
    await hands.start(SPIN)
    guest = there.node.guest()
    await until_it(True, guest)
    there.computer.is_hot(90)
    await until_it(False, guest)
    there.computer.is_hot(75)  # between the marks
    await asyncio.sleep(0.3)
    assert not await moves(guest)
    stops = (await hands.usage()).stop_times
    assert stops[-1][1] > 0.3
    there.computer.is_hot(60)
    await until_it(True, guest)
    assert (await hands.summary()).state is api.VesselState.STARTED


async def test_given_a_node_that_holds_back_when_a_program_is_started_then_it_is_refused_with_the_reason(
    donate: Any, join: Join, user: KeyPair, computer: Any
) -> None:
    computer.is_hot(90)
    there = await donate(HOT)
    person = await join(user)
    hands = person.at(there.node.public)
    with pytest.raises(RemoteError, match="the computer is hot") as refused:
        await hands.start(SPIN)
    assert refused.value.code == "held-back"
    assert (await describe(person, there.node)).holding_back == "the computer is hot"
    assert (await hands.summary()).state is api.VesselState.FRESH  # and no run is on record


async def test_given_a_reason_that_outlasts_its_grace_then_programs_are_stopped_and_the_outcome_says_by_whom_and_why(
    donate: Any, join: Join, user: KeyPair
) -> None:
    there = await donate(f"{HOT}grace = 0\n")
    hands = (await join(user)).at(there.node.public)
    started = await hands.start(SPIN)
    there.computer.is_hot(90)
    _data, last = await hands.follow(started.log_offset)
    assert last.outcome.kind == "stopped"
    assert last.outcome.detail == "the donor of this node: the computer is hot"
    assert last.holding_back == "the computer is hot"


async def test_given_a_policy_that_is_edited_when_it_is_wrong_then_the_node_holds_back_until_it_is_mended(
    donate: Any, join: Join, user: KeyPair, until: Any
) -> None:
    """The attack: a policy that is broken, by accident or not, must not let programs run."""
    there = await donate(HOT)
    hands = (await join(user)).at(there.node.public)
    await hands.start(SPIN)
    guest = there.node.guest()
    there.policy("[temperature]\nstop_at = 'hot'\n")
    await until_it(False, guest)
    with pytest.raises(RemoteError, match="policy can't be read"):
        await hands.start_again()  # nothing else is looked at before
    there.policy("")
    await until_it(True, guest)


async def test_given_a_policy_that_vanishes_then_the_node_holds_back_until_there_is_one_again(
    donate: Any, join: Join, user: KeyPair
) -> None:
    there = await donate(HOT)
    await (await join(user)).at(there.node.public).start(SPIN)
    guest = there.node.guest()
    there.prepared.settings.policy_file.unlink()
    await until_it(False, guest)
    there.policy("")
    await until_it(True, guest)


async def test_given_a_policy_that_is_wrong_when_the_node_begins_then_it_serves_and_holds_back(
    donate: Any, join: Join, user: KeyPair
) -> None:
    there = await donate("grace = 'long'\n")
    with pytest.raises(RemoteError) as refused:
        await (await join(user)).at(there.node.public).start(SPIN)
    assert refused.value.code == "held-back"


async def test_given_hours_with_another_share_then_a_program_gets_that(donate: Any, join: Join, user: KeyPair) -> None:
    there = await donate("")
    hands = (await join(user)).at(there.node.public)
    await hands.start(SPIN)
    before = (await hands.usage()).limits["cpu"]
    there.policy('[[hours]]\nfrom = "00:00"\nto = "24:00"\ncpu_percent = 10.0\n')
    async with asyncio.timeout(20):
        while (now := (await hands.usage()).limits["cpu"]) == before:
            pass
    # 10 % of the computer for two vessels that have the same.
    assert now == pytest.approx(0.10 * len(os.sched_getaffinity(0)) / 2, rel=0.02)
    guest, began = there.node.guest(), time.monotonic()
    used = time.clock_gettime(cpu_clock(guest))
    await asyncio.sleep(1.0)
    used, passed = time.clock_gettime(cpu_clock(guest)) - used, time.monotonic() - began
    assert used < now * (passed + 0.2) + 0.05


LOOK_UP = "for _ in range(2):\n    gethostbyname('127.0.0.1')\nprint('done')\n"  # charged, and nothing is sent


async def test_given_a_cap_of_traffic_when_a_program_that_runs_has_used_it_up_then_it_stands_still(
    donate: Any, join: Join, user: KeyPair
) -> None:
    there = await donate("[traffic]\nday_megabytes = 0.005\n")
    person = await join(user)
    await person.at(there.node.public).start(LOOK_UP + SPIN)
    await until_it(False, there.node.guest())
    assert (await describe(person, there.node)).holding_back == "the traffic that the donor allows is used up"


async def test_given_traffic_of_a_program_that_has_ended_when_the_daemon_comes_back_then_it_still_counts(
    donate: Any, join: Join, user: KeyPair, start_node: Any
) -> None:
    there = await donate("[traffic]\nmonth_megabytes = 0.005\n")
    person = await join(user)
    await person.at(there.node.public).run(LOOK_UP)
    await there.node.end()
    again = await start_node(there.prepared)
    assert (await describe(person, again)).holding_back == "the traffic that the donor allows is used up"


async def test_given_a_node_that_holds_back_then_the_directory_and_so_the_world_is_told_at_once(
    donate: Any, join: Join, join_service: Any, user: KeyPair
) -> None:
    async with asyncio.TaskGroup() as group:
        directory = group.create_task(Directory(await join_service()).run())
        there = await donate(HOT)
        client = DirectoryClient((await join(user)).fabric)
        there.computer.is_hot(90)
        async with asyncio.timeout(20):
            while not any(advert.holding_back == "the computer is hot" for advert in await client.lookup(user.public)):
                pass
        directory.cancel()


async def test_given_somebody_who_waits_for_a_change_when_the_node_holds_back_then_they_are_told(
    donate: Any, join: Join, user: KeyPair
) -> None:
    there = await donate(HOT)
    ask = (await join(user)).client.asking(there.node.public, within=20)
    before = await ask(api.WAIT_FOR_CHANGE, api.WaitForChange())
    there.computer.is_hot(90)
    told = await ask(api.WAIT_FOR_CHANGE, api.WaitForChange(cursor=before.cursor, wait=10.0))
    assert told.holding_back == "the computer is hot"
    assert [vessel.name for vessel in told.vessels] == ["v1"]


async def test_given_somebody_at_the_keyboard_then_strangers_can_not_tell_that_from_other_work(
    donate: Any, join: Join, computer: Any
) -> None:
    """The attack: ask a node when its donor is at home."""
    computer.write("dev/tty1", "")  # read just now
    there = await donate("[activity]\n")
    told = (await describe(await join(), there.node)).holding_back
    assert told == "the donor needs the computer" == TOLD["load"]


async def test_given_a_reading_that_changes_while_it_holds_then_it_is_no_news_to_the_world(
    donate: Any, join: Join, user: KeyPair, until: Any
) -> None:
    there = await donate(HOT)
    ask = (await join(user)).client.asking(there.node.public, within=20)

    def told() -> int:
        return [event["event"] for event in there.node.logged].count("holding_back")

    there.computer.is_hot(90)
    await until(lambda: told() == 1)
    before = await ask(api.WAIT_FOR_CHANGE, api.WaitForChange())
    there.computer.is_hot(91)
    async with asyncio.timeout(20):
        while (await asyncio.to_thread(ask_daemon, there.node.folder, POLICY, ShowPolicy())).conditions[0].value != 91:
            pass
    again = await ask(api.WAIT_FOR_CHANGE, api.WaitForChange(cursor=before.cursor))
    assert (again.vessels, told()) == ([], 1)


async def test_given_addresses_that_a_donor_allows_then_programs_are_told_those_and_may_use_no_others(
    prepare: Any, start_node: Any, server: Any, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url, program_addresses=["127.0.0.2"], only_these_addresses=True)
    node = await start_node(prepared)
    text = (
        "print(getmyip())\ntry:\n    listenforconnection('127.0.0.3', 11000)\nexcept Exception as no:\n    print(no)\n"
    )
    data, _last = await (await join(user)).at(node.public).run(text)
    assert data.decode().splitlines()[0] == "127.0.0.2"
    assert b"it was started for other addresses" in data
