"""What is done with all vessels of a node at once."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from seattle.node.errors import NodeError
from seattle.node.vessel import Vessel

SETTLE_PATIENCE: Final = 1.5  # seconds

log = structlog.get_logger()


async def settle(vessels: Sequence[Vessel], tasks: asyncio.TaskGroup) -> None:
    """Adopt what an earlier daemon has left running, and learn how the rest has ended.

    Returns within `SETTLE_PATIENCE`; what is not known by then (a monitor that stands still) is asked for on and on.
    """
    settling = [tasks.create_task(vessel.keep_settling(), name=f"settle {vessel.name}") for vessel in vessels]
    if settling:
        await asyncio.wait(settling, timeout=SETTLE_PATIENCE)
    if late := [vessel.name for vessel, task in zip(vessels, settling, strict=True) if not task.done()]:
        log.warning("runs_not_settled", vessels=late)


async def stop_all(vessels: Iterable[Vessel], by: str) -> None:
    """Stop what runs anywhere; one that resists doesn't keep the others."""

    async def stop(vessel: Vessel) -> None:
        try:
            await vessel.interrupt(by)
        except NodeError as why:
            log.warning("run_resists", vessel=vessel.name, code=why.code)

    async with asyncio.TaskGroup() as group:
        for vessel in list(vessels):
            group.create_task(stop(vessel), name=f"stop {vessel.name}")
