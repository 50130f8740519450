"""The daemon as a process: how it begins, ends, crashes, and comes back."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from seattle.fabric import node_api as api
from seattle.fabric.advert import Advert
from seattle.fabric.directory import Directory, DirectoryClient
from seattle.fabric.errors import FabricError
from seattle.fabric.server import EmbeddedServer
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair
from seattle.node import daemon
from seattle.node.daemon import serve
from seattle.node.errors import BadVesselInfo, FolderInUse, FolderUnusable, TooLittleDonated

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]
AtWork = Callable[..., Awaitable[tuple[Any, Any]]]  # see conftest.py
Alive = Callable[[int], bool]

LINGER = "print('on')\nwhile True:\n    sleep(0.1)\n"


async def test_given_a_daemon_as_a_process_when_its_lifeline_closes_then_it_stops_what_runs_and_ends(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair, alive: Alive
) -> None:
    node = await spawn(prepare(server.url))
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    node.let_go()
    assert await node.wait() == 0
    assert not alive(node.guest())
    assert any(event["event"] == "run_ended" and event["outcome"] == "stopped" for event in node.events())


async def test_given_starts_and_stops_that_queue_up_when_the_daemon_is_told_to_end_then_it_ends_and_nothing_runs(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair, alive: Alive
) -> None:
    node = await start_node(prepare(server.url))
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    calls = [asyncio.create_task(call()) for _ in range(10) for call in (hands.stop, hands.start_again)]
    await calls[0]
    await node.end()
    await asyncio.gather(*calls, return_exceptions=True)
    guests = [event["guest"] for event in node.logged if event["event"] == "run_started"]
    assert not any(alive(guest) for guest in guests)


async def test_given_a_running_program_when_the_daemon_is_interrupted_then_the_next_daemon_knows_how_the_run_ended(
    at_work: AtWork, spawn: Any, alive: Alive
) -> None:
    node, hands = await at_work(LINGER)
    node.popen.send_signal(signal.SIGINT)
    assert await node.wait() == 0
    assert not alive(node.guest())
    await spawn(node.prepared)
    summary = await hands.summary()
    assert summary.state is api.VesselState.STOPPED
    assert "shutting down" in summary.outcome.detail
    assert (await hands.log()).data.startswith(b"on\n")
    assert await hands.files() == {"program.py": len(LINGER)}


async def test_given_the_broker_is_killed_when_it_is_back_then_the_node_serves_and_its_programs_went_on(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    node = await start_node(prepare(server.url))
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await server.wait()
    await server.stop()
    await server.start()
    async with asyncio.timeout(20):
        while True:
            try:
                summary = await hands.summary()
            except FabricError:
                await asyncio.sleep(0.05)
            else:
                break
    assert summary.state is api.VesselState.STARTED


def _in_vain(logged: Any) -> bool:
    return any(event["event"] == "fabric_connect_failed" for event in logged)


async def test_given_no_broker_when_a_daemon_starts_then_it_waits_for_one(
    prepare: Any, server: EmbeddedServer, start_node: Any, join: Join, user: KeyPair, until: Any, logged: Any
) -> None:
    prepared = prepare(server.url)
    await server.stop()
    starting = asyncio.create_task(start_node(prepared))
    await until(lambda: _in_vain(logged))
    assert not starting.done()
    await server.start()
    node = await starting
    assert (await (await join(user)).at(node.public).summary()).state is api.VesselState.FRESH


async def test_given_a_node_that_is_not_enrolled_when_its_credential_comes_then_it_serves(
    prepare: Any, server: EmbeddedServer, start_node: Any, join: Join, user: KeyPair, until: Any, logged: Any
) -> None:
    prepared = prepare(server.url)
    credential = prepared.folder / "node.jwt"
    text = credential.read_text()
    credential.write_bytes(b"\xff nonsense")
    starting = asyncio.create_task(start_node(prepared))
    await until(lambda: any("seattle fabric enrol" in str(event.get("error")) for event in logged))
    credential.unlink()
    credential.write_text(text)
    node = await starting
    assert (await (await join(user)).at(node.public).summary()).name == "v1"


async def test_given_a_node_that_is_not_let_in_when_it_tries_again_then_it_waits_longer_each_time(
    prepare: Any, server: EmbeddedServer, until: Any, logged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a few of them would use up what all behind one address may ask of an enrolment service."""
    monkeypatch.setattr(daemon, "CONNECT_AGAIN", 0.01)
    prepared, end, clock = prepare(server.url), asyncio.Event(), asyncio.get_running_loop().time
    (prepared.folder / "node.jwt").unlink()
    began = clock()
    task = asyncio.create_task(serve(prepared.settings, until=end))
    await until(lambda: sum(event["event"] == "node_not_connected" for event in logged) >= 7)
    assert clock() - began > 0.01 * (2**6 - 1)
    end.set()
    await task


async def test_given_no_broker_when_the_daemon_is_told_to_end_then_it_ends(
    prepare: Any, until: Any, logged: Any
) -> None:
    end = asyncio.Event()
    task = asyncio.create_task(serve(prepare("nats://127.0.0.1:9").settings, until=end))
    await until(lambda: _in_vain(logged))
    end.set()
    async with asyncio.timeout(10):
        await task


async def test_given_a_daemon_when_another_starts_in_its_folder_then_that_one_says_why_it_does_not(
    prepare: Any, start_node: Any, server: EmbeddedServer
) -> None:
    prepared = prepare(server.url)
    await start_node(prepared)
    with pytest.raises(FolderInUse, match="another daemon"):
        await serve(prepared.settings, until=asyncio.Event())


async def test_given_vessels_of_one_node_when_a_daemon_comes_with_another_key_then_it_refuses(
    prepare: Any, start_node: Any, server: EmbeddedServer
) -> None:
    prepared = prepare(server.url)
    await (await start_node(prepared)).end()
    (prepared.folder / "node.key").unlink()
    (prepared.folder / "node.key.pub").unlink()
    save_key_pair(prepared.folder / "node.key", KeyPair.generate())
    with pytest.raises(FolderUnusable, match="restore the right key"):
        await serve(prepared.settings, until=asyncio.Event())


async def test_given_a_damaged_store_when_a_daemon_starts_then_it_says_which_file_it_is(prepare: Any) -> None:
    prepared = prepare("nats://127.0.0.1:9")
    for name in ("nonces.sqlite", "store.sqlite"):
        (prepared.folder / name).write_bytes(b"this is no database" * 100)
        with pytest.raises(FolderUnusable, match=name):
            await serve(prepared.settings, until=asyncio.Event())


async def test_given_vessels_that_exist_when_vesselinfo_changes_then_they_stay_as_they_are(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    await (await start_node(prepared)).end()
    (prepared.folder / "vesselinfo").write_text("nonsense")
    node = await start_node(prepared)
    assert (await (await join(user)).at(node.public).summary()).name == "v1"


async def test_given_a_bad_vesselinfo_when_a_new_node_starts_then_it_says_which_line_is_wrong(prepare: Any) -> None:
    prepared = prepare("nats://127.0.0.1:9")
    (prepared.folder / "vesselinfo").write_text("Percent 100\nOwner nobody\n")
    with pytest.raises(BadVesselInfo, match=r"vesselinfo:2: "):
        await serve(prepared.settings, until=asyncio.Event())


async def test_given_too_little_memory_when_a_new_node_starts_then_it_says_what_a_vessel_needs(prepare: Any) -> None:
    donation = {"memory": 50_000_000, "cpu": 1.0, "diskused": 10_000_000, "fileread": 1e6, "filewrite": 1e6}
    prepared = prepare("nats://127.0.0.1:9", donation=donation)
    with pytest.raises(TooLittleDonated, match="bytes of memory"):
        await serve(prepared.settings, until=asyncio.Event())


async def test_given_a_node_that_serves_when_its_users_ask_the_directory_then_they_find_their_vessels(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, join_service: Any, user: KeyPair, owner: KeyPair
) -> None:
    async with asyncio.TaskGroup() as group:
        directory = group.create_task(Directory(await join_service()).run())
        node = await start_node(prepare(server.url))
        client = DirectoryClient((await join(user)).fabric)
        found: list[Advert] = []
        async with asyncio.timeout(20):
            while not found:
                found = await client.lookup(user.public)
        assert [advert.node for advert in found] == [node.public.id]
        assert found[0].vessels[user.id] == ["v1"]
        assert found[0].vessels[owner.id] == ["v1"]
        assert found[0].addresses == ["127.0.0.1"]
        assert found[0].resources["memory"] > 0
        directory.cancel()


def test_given_a_settings_file_when_it_is_checked_then_the_exit_code_says_whether_it_is_fine(prepare: Any) -> None:
    prepared = prepare("nats://127.0.0.1:9")
    command = [sys.executable, "-m", "seattle.node", "--settings", str(prepared.settings_file), "--check"]
    assert subprocess.run(command, check=False, timeout=60).returncode == 0
    prepared.settings_file.write_text("colour = 'red'\n" + prepared.settings_file.read_text())
    wrong = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
    assert wrong.returncode == 1
    assert "colour" in wrong.stderr
    assert "Traceback" not in wrong.stderr
