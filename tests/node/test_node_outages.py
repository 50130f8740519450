"""Clocks that jump and brokers that are away: what runs goes on, and all is as before when it is over."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from seattle.fabric import node_api as api
from seattle.fabric.errors import FabricError
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair
from seattle.node.daemon import serve

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

DAY = 24 * 3600.0  # seconds
LINGER = "print('on')\nwhile True:\n    sleep(0.1)\n"


@pytest.mark.parametrize("jump", [DAY, -DAY, 400 * DAY, -400 * DAY])
async def test_given_a_clock_that_jumps_when_users_go_on_then_programs_logs_and_restarts_do_too(
    prepare: Any, server: EmbeddedServer, join: Join, user: KeyPair, jump: float
) -> None:
    prepared, end, ready, wrong = prepare(server.url), asyncio.Event(), asyncio.Event(), [0.0]
    serving = asyncio.create_task(
        serve(prepared.settings, until=end, ready=ready.set, clock=lambda: time.time() + wrong[0])
    )
    await ready.wait()
    hands = (await join(user)).at(prepared.public)
    await hands.start(LINGER)
    await hands.until_it_says(b"on")
    wrong[0] = jump
    assert (await hands.summary()).state is api.VesselState.STARTED
    await hands.stop()
    assert (await hands.summary()).state is api.VesselState.STOPPED
    await hands.put("print('short')\n")
    await hands.start_again(restart=api.RestartPolicy.ALWAYS)
    await hands.follow()
    wrong[0] = 0.0  # it is set right while the next start is due a day from now, or was a day ago
    async with asyncio.timeout(20):
        while (await hands.summary()).run < 3:  # noqa: ASYNC110 - nobody's call starts it, and tells us so
            await asyncio.sleep(0.05)
    end.set()
    await serving


async def test_given_a_broker_that_is_away_when_a_program_ends_meanwhile_then_its_followers_hear_all_of_it_afterwards(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair, until: Any
) -> None:
    node = await start_node(prepare(server.url))
    hands = (await join(user)).at(node.public)
    started = await hands.start("print('on')\nsleep(0.5)\nprint('off')\n")
    await hands.until_it_says(b"on")
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await server.wait()
    await server.stop()
    await until(lambda: any(event["event"] == "run_ended" for event in node.logged))
    await server.start()
    async with asyncio.timeout(20):
        while True:
            try:
                data, last = await hands.follow(started.log_offset)
            except FabricError:
                await asyncio.sleep(0.05)
            else:
                break
    assert (data, last.outcome.kind, last.run) == (b"on\noff\n", "exited", 1)
