"""Disks that are full or read-only: said clearly, harmful to nobody, and over when they are over."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair
from seattle.repy.walls import libc

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

DISK = 12_000_000  # bytes
LINGER = "print('on')\nwhile True:\n    sleep(0.1)\n"
WRITE = """
file = openfile("mine", True)
try:
    file.writeat(b"x" * 100000, 0)
    print("written")
except Exception as why:
    print("refused", type(why).__name__)
print("said")
"""


@pytest.fixture(autouse=True)
def _mounts() -> None:
    """A mount namespace is to be had by root, or in a user namespace."""
    child = os.fork()
    if child == 0:
        try:
            libc.unshare(0x00020000 if os.geteuid() == 0 else 0x10020000)
        except OSError:
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        pytest.skip("this system gives nobody a mount namespace of their own, so there is no disk to fill")


async def test_given_a_full_disk_when_users_ask_for_things_then_the_node_says_so_and_all_works_when_there_is_room(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url, log_bytes=65536)
    node = await spawn(prepared, disk=DISK)
    person = await join(user)
    hands = person.at(node.public)
    await hands.put(LINGER)
    node.disk("fill")
    described = await person.client.ask(node.public, api.DESCRIBE, api.Describe())
    assert "the disk is full" in described.trouble
    with pytest.raises(RemoteError) as refused:
        await hands.put(b"x" * 500_000, name="big")
    assert refused.value.code == "disk-full"
    with pytest.raises(RemoteError) as not_started:
        await hands.start_again()
    assert not_started.value.code in ("disk-full", "not-started")
    assert "disk" in str(not_started.value).lower() or "space" in str(not_started.value).lower()
    node.disk("free")
    assert (await person.client.ask(node.public, api.DESCRIBE, api.Describe())).trouble == ""
    assert await hands.files() == {"program.py": len(LINGER)}  # nothing by halves
    await hands.put(b"x" * 500_000, name="big")
    await hands.start_again()
    await hands.until_it_says(b"on")
    await hands.stop()
    assert (await hands.summary()).state is api.VesselState.STOPPED


async def test_given_so_many_calls_that_none_fits_on_the_disk_any_more_then_describe_answers_and_the_rest_is_refused(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await spawn(prepared, disk=DISK)
    person = await join(user)
    hands = person.at(node.public)
    node.disk("fill")
    refused = None
    for _ in range(5000):
        try:
            await hands.files()
        except RemoteError as why:
            refused = why
            break
    assert refused is not None
    assert refused.code == "disk-full"
    assert "donor has to mend" in str(refused)
    assert (await person.client.ask(node.public, api.DESCRIBE, api.Describe())).trouble
    node.disk("free")
    assert await hands.files() == {}


async def test_given_a_program_when_the_disk_gets_full_as_it_runs_then_its_end_is_known_all_the_same(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url, log_bytes=65536)
    node = await spawn(prepared, disk=DISK)
    person = await join(user)
    hands = person.at(node.public)
    await hands.start("print('on')\nwhile 'go' not in listfiles():\n    sleep(0.02)\n" + WRITE)
    await hands.until_it_says(b"on")
    await hands.put(b"", name="go")
    node.disk("fill")
    for _ in range(200):  # whoever waits for its log may be refused for want of room
        if (await person.client.ask(node.public, api.DESCRIBE, api.Describe())).vessels[0].state != "started":
            break
        await asyncio.sleep(0.05)
    node.disk("free")
    _data, last = await hands.follow()
    assert last.outcome is not None
    assert last.outcome.kind in ("exited", "exception", "stopped")
    assert (await hands.run("print('next')"))[1].outcome.kind == "exited"


async def test_given_a_full_disk_when_the_daemon_is_killed_then_the_next_adopts_what_runs_and_can_stop_it(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    node = await spawn(prepare(server.url), disk=DISK)
    person = await join(user)
    hands = person.at(node.public)
    await hands.start(LINGER)
    await hands.until_it_says(b"on")
    node.disk("fill")
    node.disk("restart")
    await node.wait_until_ready()
    described = await person.client.ask(node.public, api.DESCRIBE, api.Describe())
    assert described.vessels[0].state is api.VesselState.STARTED
    assert "full" in described.trouble
    node.disk("free")
    await hands.stop()
    assert (await hands.summary()).state is api.VesselState.STOPPED


async def test_given_a_read_only_disk_when_the_daemon_starts_then_it_says_so_and_serves_when_it_is_mended(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair, until: Any
) -> None:
    node = await spawn(prepare(server.url), disk=-DISK, until_ready=False)
    await until(lambda: any("read-only" in event.get("trouble", "") for event in node.events()))
    node.disk("writable")
    await node.wait_until_ready()
    hands = (await join(user)).at(node.public)
    assert (await hands.run("print('fine')"))[0] == b"fine\n"
