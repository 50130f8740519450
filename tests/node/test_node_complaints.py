"""What users of the reference system ran into: tried here through a real node, from the outside."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.fabric.rpc import NodeClient
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

WORDS = ["--logfile", "-x", "--", "", "a b", "'quoted\"", "é\n", "|", "!", "--stop=now", "$HOME", "*"]


async def test_given_arguments_that_look_like_options_when_a_program_starts_then_it_gets_them_as_they_are(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    data, _ = await hands.run("for word in callargs:\n    print(repr(word))\n", *WORDS)
    assert data.decode().splitlines() == [repr(word) for word in WORDS]


@pytest.mark.parametrize(
    ("program", "kind", "detail"),
    [
        ("pass\n", "exited", "0"),
        ("exitall()\n", "exited", "0"),
        ("raise ValueError('no luck')\n", "exception", "no luck"),
        ("import subprocess\n", "unsafe", "subprocess"),
        ("this is no program\n", "unsafe", "program.py:1"),
    ],
)
async def test_given_a_program_that_ends_at_once_when_it_starts_then_how_and_why_it_ended_is_told_and_kept(
    node: Any, join: Join, user: KeyPair, program: str, kind: str, detail: str
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put(program)
    with contextlib.suppress(RemoteError):  # of what never began; that is told as well
        await hands.follow((await hands.start_again()).log_offset)
    summary = await hands.summary()
    assert summary.state is api.VesselState.TERMINATED
    assert summary.outcome is not None
    assert (summary.outcome.kind, detail in summary.outcome.detail) == (kind, True), summary.outcome


async def test_given_a_datagram_that_is_too_long_when_a_program_sends_it_then_the_program_hears_of_it_and_goes_on(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    data, last = await hands.run(
        "try:\n"
        "    sendmessage('127.0.0.1', 11000, b'x' * 70000, '127.0.0.1', 11001)\n"
        "except RepyException as error:\n"
        "    print('caught', type(error).__name__)\n"
    )
    assert data.startswith(b"caught ")
    assert last.outcome.kind == "exited"


async def test_given_a_start_that_hangs_when_others_ask_then_they_are_answered_and_it_is_done_once_it_can_be(
    node: Any, join: Join, user: KeyPair, other_owner: KeyPair
) -> None:
    mine, theirs = (await join(user)).at(node.public), (await join(other_owner)).at(node.public, vessel="v2")
    await mine.put("print('at last')\n")
    os.kill(node.nursery(), signal.SIGSTOP)
    try:
        starts = [asyncio.create_task(mine.start_again()) for _ in range(3)]
        async with asyncio.timeout(20):
            await theirs.put(b"data", name="data")
            assert await theirs.files() == {"data": 4}
            assert (await mine.summary()).name == "v1"
            assert (await mine.files()) == {"program.py": 17}
    finally:
        os.kill(node.nursery(), signal.SIGCONT)
    results = await asyncio.gather(*starts, return_exceptions=True)
    assert any(isinstance(one, api.RunStarted) for one in results), results


async def test_given_two_users_whose_clocks_differ_when_both_ask_then_neither_shuts_the_other_out(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    people = [
        NodeClient(person.fabric, person.key, clock=lambda ahead=ahead: time.time() + ahead)  # type: ignore[misc]
        for person, ahead in ((await join(owner), 3600.0), (await join(user), -3600.0))
    ]
    for client in people * 2:
        assert [one.name for one in (await client.ask(node.public, api.GET_VESSELS, api.GetVessels())).vessels] == [
            "v1"
        ]
