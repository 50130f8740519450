"""What a daemon weighs on a donor's computer."""

import asyncio
import subprocess
import sys
from typing import Any

import psutil
import pytest

from seattle.fabric.server import EmbeddedServer
from seattle.node.asking import ask
from seattle.node.journal_reader import JOURNAL, GetJournal
from seattle.node.overview import STATUS, GetStatus

pytestmark = pytest.mark.anyio
MOST = 60_000_000  # bytes resident
MAIN = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())"]


async def test_given_a_daemon_that_is_looked_at_when_it_is_weighed_then_it_keeps_within_its_memory(
    prepare: Any, server: EmbeddedServer
) -> None:
    prepared = prepare(server.url)
    daemon = await asyncio.create_subprocess_exec(
        *(*MAIN, "node", "run", "--settings", str(prepared.settings_file)), stderr=asyncio.subprocess.PIPE
    )
    try:
        assert daemon.stderr is not None
        async with asyncio.timeout(20):
            while b"node_ready" not in await daemon.stderr.readline():
                pass
        for _ in range(20):
            await asyncio.to_thread(ask, prepared.folder, STATUS, GetStatus())
            await asyncio.to_thread(ask, prepared.folder, JOURNAL, GetJournal())
        assert psutil.Process(daemon.pid).memory_info().rss < MOST
    finally:
        daemon.terminate()
        await daemon.communicate()


async def test_given_wrong_usage_when_a_node_is_to_run_then_it_is_said_and_the_code_is_that_of_wrong_usage() -> None:
    told = await asyncio.to_thread(
        subprocess.run, [*MAIN, "node", "run", "--sett", "x"], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout) == (2, "")
    assert "seattle node run: error: unrecognized arguments: --sett x" in told.stderr
