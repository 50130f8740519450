"""Programs beneath security layers: nothing starts without them, and no program changes those that hold it."""

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.fabric.node_api import RestartPolicy
from seattle.identity.keys import KeyPair
from seattle.node.asking import ask
from seattle.node.journal_reader import JOURNAL, PROGRAM, GetJournal, GetProgram
from seattle.repy.door import MAX_PROGRAM

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

HOLD = """
print("layer", callargs)
def only_others(name, create):
    if name == "secret":
        raise ResourceForbiddenError("this file is the layer's")
    return openfile(name, create)
CHILD_CONTEXT_DEF["openfile"]["target"] = only_others
secure_dispatch_module()
"""
NAMED = "print('named', callargs)\nsecure_dispatch_module()\n"
READ_SECRET = """
print("program", callargs)
try:
    print(openfile("secret", False).readat(None, 0))
except ResourceForbiddenError as why:
    print(why)
"""
OPEN_THE_WAY = """
layer = openfile("hold.py", False)
layer.writeat("secure_dispatch_module()\\n" + "#" * 1000, 0)
layer.close()
raise ValueError("so that it starts again")
"""


def layer(name: str, text: str) -> api.Layer:
    return api.Layer(name=name, digest=hashlib.sha256(text.encode()).hexdigest())


async def start(
    hands: Any, text: str, *layers: tuple[str, str], restart: RestartPolicy = RestartPolicy.NEVER
) -> api.RunStarted:
    """Start this text with the argument `one`, beneath layers of these names and texts."""
    await hands.put(b"the secret", name="secret")
    for name, content in layers:
        await hands.put(content, name=name)
    await hands.put(text)
    request = api.StartBeneath(
        vessel="v1",
        program="program.py",
        arguments=["one"],
        layers=[layer(*each) for each in layers],
        restart=restart,
    )
    started: api.RunStarted = await hands.ask(api.START_BENEATH, request)
    return started


async def test_given_two_layers_when_a_program_starts_beneath_them_then_the_first_is_the_outermost_and_both_hold(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await start(hands, READ_SECRET, ("named.py", NAMED), ("hold.py", HOLD))
    data, last = await hands.follow()
    assert last.outcome.kind == "exited"
    assert data.decode().splitlines() == [
        "named ['hold.py', 'program.py', 'one']",
        "layer ['program.py', 'one']",
        "program ['one']",
        "this file is the layer's",
    ]


async def test_given_a_layer_of_another_text_when_a_program_is_to_start_beneath_it_then_nothing_runs(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put(READ_SECRET)
    await hands.put(NAMED, name="hold.py")
    request = api.StartBeneath(vessel="v1", program="program.py", layers=[layer("hold.py", HOLD)])
    with pytest.raises(RemoteError, match="another text") as refused:
        await hands.ask(api.START_BENEATH, request)
    assert refused.value.code == "layer-changed"
    summary = await hands.summary()
    assert (summary.state, summary.run) == (api.VesselState.FRESH, 0)


async def test_given_a_layer_that_is_not_there_when_a_program_is_to_start_beneath_it_then_nothing_runs(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put(READ_SECRET)
    request = api.StartBeneath(vessel="v1", program="program.py", layers=[layer("hold.py", HOLD)])
    with pytest.raises(RemoteError) as refused:
        await hands.ask(api.START_BENEATH, request)
    assert refused.value.code == "no-such-file"
    assert (await hands.summary()).run == 0


async def test_given_no_layer_at_all_when_a_program_is_to_start_beneath_some_then_nothing_runs(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put(READ_SECRET)
    with pytest.raises(RemoteError):
        await hands.ask(api.START_BENEATH, api.StartBeneath(vessel="v1", program="program.py", layers=[]))
    assert (await hands.summary()).run == 0


async def test_given_a_program_that_writes_over_its_layer_when_it_shall_start_again_then_it_does_not(
    node: Any, join: Join, user: KeyPair, until: Any
) -> None:
    hands = (await join(user)).at(node.public)
    await start(hands, OPEN_THE_WAY, ("hold.py", HOLD), restart=RestartPolicy.ON_FAILURE)
    _data, last = await hands.follow()
    assert "so that it starts again" in last.outcome.detail
    await hands.put(READ_SECRET)
    await until(lambda: any(event["event"] == "restart_failed" for event in node.logged))
    (failed,) = (event for event in node.logged if event["event"] == "restart_failed")
    assert failed["kind"] == "LayerChanged"
    data, last = await hands.follow()
    assert (last.run, b"the secret" in data) == (1, False)


async def test_given_a_program_beneath_a_layer_when_it_starts_again_by_itself_then_the_layer_holds_it_still(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await start(hands, "raise ValueError('again')\n", ("hold.py", HOLD), restart=RestartPolicy.ON_FAILURE)
    await hands.follow()
    await hands.put(READ_SECRET)
    async with asyncio.timeout(20):
        while (await hands.summary()).run < 2:  # noqa: ASYNC110 - nobody's call starts it, and tells us so
            await asyncio.sleep(0.05)
    data, last = await hands.follow()
    assert (last.run, last.outcome.kind) == (2, "exited")
    assert data.decode().splitlines()[-2:] == ["program ['one']", "this file is the layer's"]


async def test_given_a_layer_that_is_no_repy_when_a_program_starts_beneath_it_then_neither_runs(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await start(hands, READ_SECRET, ("hold.py", "print(().__class__)\n"))
    data, last = await hands.follow()
    assert (last.outcome.kind, b"program" in data) == ("unsafe", False)


async def test_given_layers_longer_than_a_program_when_one_is_to_start_beneath_them_then_the_node_says_so(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    with pytest.raises(RemoteError, match=f"may have {MAX_PROGRAM}") as refused:
        await start(hands, READ_SECRET, ("hold.py", "#" * (MAX_PROGRAM + 1)))
    assert refused.value.code == "not-started"


async def test_given_a_program_beneath_a_layer_when_its_donor_looks_then_the_layer_and_its_text_are_in_the_journal(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await start(hands, READ_SECRET, ("hold.py", HOLD))
    await hands.follow()

    def look(match: str) -> Any:
        (found,) = ask(Path(node.folder), JOURNAL, GetJournal(match)).entries
        return found

    wanted = layer("hold.py", HOLD)
    for match in ("", "hold.py", wanted.digest[:8]):
        entry = await asyncio.to_thread(look, match)
        assert (entry.program, entry.layers) == ("program.py", (wanted,))
    told = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "seattle.cli", "node", "journal", "--settings", f"{node.folder}/node.toml"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "hold.py > program.py one" in told.stdout
    kept = await asyncio.to_thread(ask, Path(node.folder), PROGRAM, GetProgram(wanted.digest))
    assert kept.text.decode() == HOLD
