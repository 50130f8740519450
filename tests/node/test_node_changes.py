"""News: whoever holds vessels hears of what becomes of them, and need not keep asking."""

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.fabric.rpc import AT_ONCE_BY_CALLER
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair
from seattle.node.changes import Changes
from seattle.node.polls import MAX_WAITING_BY_CALLER

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

LONG = 20.0  # seconds; far more than anything here takes
MINE, THEIRS = (KeyPair.from_seed(bytes([number]) * 32).public for number in (1, 2))


async def changed(hands: Any, cursor: str = "", *, wait: float = LONG) -> api.Changed:
    answer: api.Changed = await hands.ask(api.WAIT_FOR_CHANGE, api.WaitForChange(cursor=cursor, wait=wait))
    return answer


def shown(answer: api.Changed) -> list[tuple[str, str]]:
    return [(vessel.name, vessel.state.value) for vessel in answer.vessels]


async def test_given_no_cursor_when_changes_are_asked_for_then_all_that_the_caller_may_see_comes_at_once(
    node: Any, join: Join, user: KeyPair
) -> None:
    answer = await changed((await join(user)).at(node.public))
    assert (shown(answer), answer.names) == ([("v1", "fresh")], ["v1"])


async def test_given_a_waiting_user_when_a_program_starts_ends_and_is_reset_then_each_is_told(
    node: Any, join: Join, user: KeyPair, owner: KeyPair
) -> None:
    hands, theirs = (await join(user)).at(node.public), (await join(owner)).at(node.public)
    await theirs.put("sleep(60)\n")
    cursor = (await changed(hands)).cursor
    for do, state in ((theirs.start_again, "started"), (theirs.stop, "stopped"), (theirs.reset, "fresh")):
        waiting = asyncio.create_task(changed(hands, cursor))
        await do()
        answer = await waiting
        assert shown(answer) == [("v1", state)]
        cursor = answer.cursor
    assert (await changed(hands, cursor, wait=0.0)).vessels == []


async def test_given_a_waiting_user_when_a_program_ends_by_itself_then_its_outcome_comes_along(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start("sleep(0.3)\nexitall()\n")
    cursor = (await changed(hands)).cursor
    vessel = (await changed(hands, cursor)).vessels[0]
    assert (vessel.state, vessel.outcome and vessel.outcome.kind) == (api.VesselState.TERMINATED, "exited")


async def test_given_vessels_of_others_when_those_change_then_a_waiting_user_hears_nothing(
    node: Any, join: Join, user: KeyPair, other_owner: KeyPair
) -> None:
    hands, theirs = (await join(user)).at(node.public), (await join(other_owner)).at(node.public, vessel="v2")
    cursor = (await changed(hands)).cursor
    waiting = asyncio.create_task(changed(hands, cursor, wait=1.0))
    await theirs.run("print('secret')")
    assert (await waiting).vessels == []


async def test_given_a_waiting_user_when_the_owner_shuts_it_out_then_it_learns_that_and_nothing_more(
    node: Any, join: Join, user: KeyPair, owner: KeyPair
) -> None:
    hands, theirs = (await join(user)).at(node.public), (await join(owner)).at(node.public)
    cursor = (await changed(hands)).cursor
    waiting = asyncio.create_task(changed(hands, cursor))
    await theirs.ask(api.CHANGE_USERS, api.ChangeUsers(vessel="v1", users=[]))
    answer = await waiting
    assert (answer.vessels, answer.names) == ([], [])
    with pytest.raises(RemoteError) as refused:
        await changed(hands, answer.cursor)
    assert refused.value.code == "not-allowed"


async def test_given_a_waiting_owner_when_a_vessel_is_split_then_the_new_ones_are_told_and_the_old_one_is_missing(
    node: Any, join: Join, owner: KeyPair
) -> None:
    hands = (await join(owner)).at(node.public)
    cursor = (await changed(hands)).cursor
    waiting = asyncio.create_task(changed(hands, cursor))
    await hands.ask(api.SPLIT, api.Split(vessel="v1", resources={"cpu": 0.1, "memory": 1, "diskused": 1}))
    answer = await waiting
    assert (shown(answer), answer.names) == ([("v3", "fresh"), ("v4", "fresh")], ["v3", "v4"])


async def test_given_a_cursor_of_an_earlier_daemon_when_it_is_used_then_all_comes_at_once(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await start_node(prepared)
    hands = (await join(user)).at(node.public)
    cursor = (await changed(hands)).cursor
    await node.end()
    await start_node(prepared)
    assert (await changed(hands, cursor)).names == ["v1"]


@pytest.mark.parametrize("cursor", ["x", "x.1", ".", "1", "9" * 64])
async def test_given_a_cursor_that_is_none_when_it_is_used_then_all_comes_at_once(
    node: Any, join: Join, user: KeyPair, cursor: str
) -> None:
    assert (await changed((await join(user)).at(node.public), cursor)).names == ["v1"]


async def test_given_a_daemon_that_ends_when_somebody_waits_then_it_does_not_wait_for_them(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    cursor = (await changed(hands)).cursor
    waiting = asyncio.create_task(changed(hands, cursor))
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await node.end()
    waiting.cancel()
    await asyncio.wait({waiting})


async def test_given_a_caller_who_waits_more_often_than_it_may_then_the_rest_is_answered_soon_and_the_owner_can_stop(
    node: Any, join: Join, user: KeyPair, owner: KeyPair
) -> None:
    hands, theirs = (await join(user)).at(node.public), (await join(owner)).at(node.public)
    cursor = (await changed(hands)).cursor
    polls = [asyncio.create_task(changed(hands, cursor)) for _ in range(AT_ONCE_BY_CALLER)]
    soon = asyncio.as_completed(polls, timeout=LONG / 2)
    for answered in itertools.islice(soon, AT_ONCE_BY_CALLER - MAX_WAITING_BY_CALLER):
        await answered
    await theirs.start("sleep(60)\n")
    await theirs.stop()
    await asyncio.gather(*polls, return_exceptions=True)


def test_given_more_keys_than_are_remembered_when_changes_concern_them_then_memory_stays_bounded() -> None:
    changes = Changes(max_keys=100)
    for number in range(0, 500, 50):
        changes.note("v1", [KeyPair.from_seed((number + one).to_bytes(32)).public for one in range(50)])
    assert len(changes._of_key) == 100


def test_given_a_vessel_that_is_gone_when_it_is_forgotten_then_its_name_takes_no_memory() -> None:
    changes = Changes()
    changes.note("v1", [MINE])
    changes.forget("v1")
    assert (changes.since(0, "v1"), changes._of_vessel) == (False, {})


def test_given_random_bytes_when_they_are_a_cursor_then_they_are_one_of_no_daemon() -> None:
    changes = Changes()
    changes.note("v1", [MINE, THEIRS])
    assert changes.number(changes.cursor) == 1
    for text in (os.urandom(8).hex(), changes.cursor + "x", changes.cursor + "٣", "." + changes.cursor):
        assert changes.number(text) == -1
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(changes.cursor)) == changes.cursor
