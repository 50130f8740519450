"""The log and the outcome of one run, also for those who come when the vessel has begun others."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]


async def part(
    hands: Any, run: int, offset: int | None = None, *, count: int = 1000, wait: float = 0.0
) -> api.LogChunk:
    request = api.ReadLog(vessel=hands.vessel, run=run, offset=offset, count=count, wait=wait)
    answer: api.LogChunk = await hands.ask(api.READ_LOG, request)
    return answer


@pytest.fixture
async def hands(node: Any, join: Join, user: KeyPair) -> Any:
    """A vessel in which one program has ended well, one badly, and a third runs."""
    theirs = (await join(user)).at(node.public)
    await theirs.run("print('one')\n")
    await theirs.run("print('two')\n1 / 0\n")
    await theirs.start("print('three')\nsleep(60)\n")
    await theirs.until_it_says(b"three")
    return theirs


async def test_given_later_runs_when_an_earlier_one_is_asked_for_then_its_words_and_outcome_come_and_no_others(
    hands: Any,
) -> None:
    one, two = await part(hands, 1), await part(hands, 2)
    assert (one.data, one.ended, one.run) == (b"one\n", True, 1)
    assert (one.outcome and one.outcome.kind) == "exited"
    assert two.data.startswith(b"two\n")
    assert b"three" not in two.data
    assert (two.offset, two.outcome and two.outcome.kind) == (one.next_offset, "exception")


async def test_given_an_earlier_run_when_it_is_read_in_pieces_then_they_make_the_whole_and_the_last_has_ended(
    hands: Any,
) -> None:
    data, offset = b"", None
    while True:
        piece = await part(hands, 1, offset, count=3)
        data, offset = data + piece.data, piece.next_offset
        if piece.ended:
            break
    assert data == b"one\n"
    past = await part(hands, 1, 2**62, count=1)
    assert (past.data, past.ended, past.next_offset) == (b"", True, offset)


async def test_given_the_run_that_goes_on_when_it_is_asked_for_by_number_then_it_begins_with_its_own_words(
    hands: Any,
) -> None:
    three = await part(hands, 3)
    assert (three.data, three.ended, three.outcome) == (b"three\n", False, None)
    assert (await part(hands, 3, 0)).data == b"three\n"


async def test_given_a_follower_when_the_vessel_begins_another_run_meanwhile_then_it_still_learns_how_its_own_ended(
    hands: Any,
) -> None:
    await hands.stop()
    await hands.start("print('four')\n")
    three = await part(hands, 3, wait=5.0)
    assert (three.data.splitlines()[0], three.ended, three.outcome and three.outcome.kind) == (
        b"three",
        True,
        "stopped",
    )


async def test_given_a_reset_when_an_earlier_run_is_asked_for_then_its_outcome_is_there_and_its_words_are_not(
    hands: Any,
) -> None:
    await hands.reset()
    two = await part(hands, 2)
    assert (two.data, two.ended, two.outcome and two.outcome.kind) == (b"", True, "exception")
    await hands.run("print('much longer than what was there before' * 10)\n")
    assert (await part(hands, 2)).data == b""
    assert (await part(hands, 4)).data.startswith(b"much longer")


@pytest.mark.parametrize("run", [4, 99, 2**62])
async def test_given_a_run_that_never_was_when_it_is_asked_for_then_the_error_says_so(hands: Any, run: int) -> None:
    with pytest.raises(RemoteError, match="get_vessels") as refused:
        await part(hands, run)
    assert refused.value.code == "no-such-run"


async def test_given_earlier_runs_when_the_daemon_starts_again_then_they_can_still_be_asked_for(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await start_node(prepared)
    hands = (await join(user)).at(node.public)
    await hands.run("print('one')\n")
    await hands.run("print('two')\n")
    await node.end()
    await start_node(prepared)
    one = await part(hands, 1)
    assert (one.data, one.outcome and one.outcome.kind) == (b"one\n", "exited")


async def test_given_a_later_run_when_an_earlier_one_is_to_be_stopped_then_what_runs_now_runs_on(hands: Any) -> None:
    await hands.ask(api.STOP, api.Stop(vessel="v1", run=2))
    assert (await hands.summary()).state is api.VesselState.STARTED
    await hands.ask(api.STOP, api.Stop(vessel="v1", run=3))
    assert (await hands.summary()).state is api.VesselState.STOPPED
