"""Which walls stand on this machine, found out in a process of its own: the survey forks, and a daemon must not."""

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Final

import msgspec
import structlog

from seattle.fabric.node_api import WallReport

PATIENCE: Final = 20.0  # seconds
_COMMAND: Final = "import sys; from seattle.repy.cli import main; sys.exit(main())"

log = structlog.get_logger()


async def survey() -> Sequence[WallReport]:
    """Every part of the walls; empty if that can't be found out. A guest is refused anyway where a wall is missing."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-c", _COMMAND, "walls", "--json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        cwd="/",
    )
    try:
        async with asyncio.timeout(PATIENCE):
            output, _ = await process.communicate()
        walls = msgspec.json.decode(output, type=list[WallReport])
    except (TimeoutError, msgspec.DecodeError) as why:
        log.warning("walls_unknown", error=str(why) or "no answer in time")
        return []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        log.warning("walls_incomplete", missing=[wall.name for wall in walls if wall.state != "up"])
    return walls
