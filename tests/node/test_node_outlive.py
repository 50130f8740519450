"""Programs that outlive their daemon, and the daemon that adopts them."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import datetime
from typing import Any

import psutil
import pytest

from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]
AtWork = Callable[..., Awaitable[tuple[Any, Any]]]  # see conftest.py
Alive = Callable[[int], bool]

LINGER = "print('on')\nwhile True:\n    sleep(0.1)\n"
COUNT = "n = 0\nwhile n < int(callargs[0]):\n    print(n)\n    n += 1\n    sleep(0.01)\n"
SPIN = "print('on')\nwhile True:\n    pass\n"
AT_ONCE = 2.0  # seconds in which a restarted daemon has adopted what runs: a promise of the design


def counted(count: int) -> bytes:
    return b"".join(b"%d\n" % number for number in range(count))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_given_a_running_program_when_its_daemon_ends_then_it_runs_on_and_the_next_daemon_adopts_it(
    at_work: AtWork, spawn: Any, alive: Alive, number: signal.Signals
) -> None:
    node, hands = await at_work(LINGER)
    guest = node.guest()
    node.popen.send_signal(number)
    await node.wait()
    assert alive(guest)
    next_node = await spawn(node.prepared)
    summary = await hands.summary()
    assert (summary.state, summary.run, summary.outcome) == (api.VesselState.STARTED, 1, None)
    memory = (await hands.usage()).usage["memory"]
    assert isinstance(memory, int | float)
    assert memory > 1_000_000  # its monitor answers
    with pytest.raises(RemoteError) as refused:
        await hands.start_again()
    assert refused.value.code == "already-started"
    await hands.stop()
    assert not alive(guest)
    assert (await hands.summary()).state is api.VesselState.STOPPED
    assert [event["guest"] for event in next_node.events() if event["event"] == "run_adopted"] == [guest]


async def test_given_a_program_that_prints_when_the_daemon_is_killed_again_and_again_then_no_line_is_lost(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await spawn(prepared)
    hands = (await join(user)).at(node.public)
    started = await hands.start(COUNT, "300")
    data, offset, chunk = b"", started.log_offset, None
    for _ in range(3):
        while b"%d\n" % (data.count(b"\n") - 1) not in data or not data:
            chunk = await hands.log(offset, wait=5.0)
            data, offset = data + chunk.data, chunk.next_offset
        await node.kill()
        node = await spawn(prepared)
    rest, last = await hands.follow(offset)
    assert data + rest == counted(300)
    assert (last.outcome.kind, last.run) == ("exited", 1)


async def test_given_a_program_that_ends_while_no_daemon_looks_when_the_next_one_comes_then_followers_hear_how(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair, alive: Alive, until: Any
) -> None:
    prepared = prepare(server.url)
    node = await spawn(prepared)
    hands = (await join(user)).at(node.public)
    started = await hands.start("print('on')\nsleep(0.3)\nprint('off')\nexitall()\n")
    await hands.until_it_says(b"on")
    guest = node.guest()
    await node.kill()
    await until(lambda: not alive(guest))
    before = time.time()
    await spawn(prepared)
    data, last = await hands.follow(started.log_offset)
    assert (data, last.outcome.kind) == (b"on\noff\n", "exited")
    assert (await hands.summary()).state is api.VesselState.TERMINATED
    assert time.time() - before < 30


async def test_given_many_running_vessels_when_the_daemon_is_killed_then_the_next_one_has_adopted_all_at_once(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair, other_owner: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await spawn(prepared)
    mine = (await join(user)).at(node.public)
    theirs = (await join(other_owner)).at(node.public, vessel="v2")
    for hands in (mine, theirs):
        await hands.start(LINGER)
    await node.kill()
    node = await spawn(prepared)
    for hands in (mine, theirs):
        assert (await hands.summary()).state is api.VesselState.STARTED
    # From where the interpreter has loaded it all: how long that takes, this machine decides.
    begun, *adopted = [
        datetime.fromisoformat(event["timestamp"]).timestamp()
        for event in node.events()
        if event["event"] in ("nursery_started", "run_adopted")
    ]
    born = psutil.Process(node.pid).create_time()
    print(f"loaded after {begun - born:.2f} s, adopted {[round(moment - begun, 2) for moment in adopted]} s later")
    assert len(adopted) == 2
    assert max(adopted) - begun < AT_ONCE


async def test_given_a_program_that_runs_unwatched_when_the_limit_is_over_then_it_has_ended_and_the_log_says_why(
    at_work: AtWork, spawn: Any, alive: Alive, until: Any
) -> None:
    node, hands = await at_work(SPIN, unwatched_limit=1)
    guest = node.guest()
    monitor = psutil.Process(guest).ppid()
    await node.kill()
    await until(lambda: not alive(guest) and not alive(monitor))
    await spawn(node.prepared)
    summary = await hands.summary()
    assert (summary.state, summary.outcome.kind) == (api.VesselState.STOPPED, "stopped")
    assert "nobody has watched it" in summary.outcome.detail
    assert b"nobody has watched it" in (await hands.log()).data


async def test_given_a_node_whose_programs_may_not_run_unwatched_when_its_daemon_is_killed_then_they_end_with_it(
    at_work: AtWork, spawn: Any, alive: Alive, until: Any
) -> None:
    node, hands = await at_work(SPIN, unwatched_limit=0)
    family = [process.pid for process in psutil.Process(node.pid).children(recursive=True)]
    assert node.guest() in family
    await node.kill()
    await until(lambda: not any(alive(pid) for pid in family))
    await spawn(node.prepared)
    assert (await hands.summary()).outcome.kind == "stopped"
    assert (await hands.run("print('again')"))[0] == b"again\n"


async def test_given_a_program_without_daemon_when_its_monitor_is_killed_then_it_dies_and_the_vessel_is_stale(
    at_work: AtWork, spawn: Any, alive: Alive, until: Any
) -> None:
    node, hands = await at_work(SPIN)
    guest = node.guest()
    monitor = psutil.Process(guest).ppid()
    await node.kill()
    os.kill(monitor, signal.SIGKILL)
    await until(lambda: not alive(guest))
    await spawn(node.prepared)
    assert (await hands.summary()).state is api.VesselState.STALE
    assert (await hands.log(0)).ended  # whoever follows must not wait for ever
    assert (await hands.run("print('again')"))[0] == b"again\n"


async def test_given_a_monitor_that_stands_still_when_the_next_daemon_comes_then_nothing_else_starts_until_it_answers(
    at_work: AtWork, spawn: Any, alive: Alive
) -> None:
    node, hands = await at_work(LINGER)
    guest = node.guest()
    monitor = psutil.Process(guest).ppid()
    os.kill(monitor, signal.SIGSTOP)
    try:
        await node.kill()
        await spawn(node.prepared)
        assert (await hands.summary()).state is api.VesselState.STALE
        assert not (await hands.log(0)).ended  # it may have more to say
        with pytest.raises(RemoteError) as refused:
            await hands.start_again()
        assert refused.value.code == "busy"
    finally:
        os.kill(monitor, signal.SIGCONT)
    async with asyncio.timeout(10):
        while (await hands.summary()).state is not api.VesselState.STARTED:
            await hands.log(0, wait=1.0)
    await hands.stop()
    assert not alive(guest)


async def test_given_a_stop_that_the_daemon_could_not_carry_out_when_the_next_one_comes_then_it_does(
    at_work: AtWork, spawn: Any, alive: Alive, until: Any
) -> None:
    node, _ = await at_work(LINGER)
    guest = node.guest()
    await node.kill()
    with closing(sqlite3.connect(node.prepared.folder / "store.sqlite")) as store, store:
        store.execute("UPDATE run SET wanted = 0")  # as if it had died between deciding and doing
    await spawn(node.prepared)
    await until(lambda: not alive(guest))


def seattle(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


async def test_given_a_running_program_when_the_node_is_told_to_stop_then_both_are_gone(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair, alive: Alive
) -> None:
    node = await spawn(prepare(server.url))
    await (await join(user)).at(node.public).start(LINGER)
    done = await asyncio.to_thread(seattle, "node", "stop", "--settings", str(node.prepared.settings_file))
    assert done.returncode == 0, done.stderr
    assert not alive(node.guest())
    assert await node.wait() == 0


async def test_given_a_program_that_was_left_running_when_its_node_is_told_to_stop_then_it_is_gone_and_that_is_known(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair, alive: Alive
) -> None:
    prepared = prepare(server.url)
    node = await spawn(prepared)
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    guest, of_it = node.guest(), ("--settings", str(prepared.settings_file))
    kept = await asyncio.to_thread(seattle, "node", "stop", "--keep-programs", *of_it)
    assert (kept.returncode, await node.wait()) == (0, 0)
    assert alive(guest)
    stopped = await asyncio.to_thread(seattle, "node", "stop", *of_it)
    assert stopped.returncode == 0, stopped.stderr
    assert not alive(guest)
    await spawn(prepared)
    summary = await hands.summary()
    assert (summary.state, summary.outcome.kind) == (api.VesselState.STOPPED, "stopped")
