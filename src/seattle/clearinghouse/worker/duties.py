"""What somebody waits for at a node: that it is told whose its vessels are, and that they are cleaned."""

import asyncio
import time
from collections.abc import Coroutine, Iterable
from typing import Any, Final

from seattle.clearinghouse.fleet import services
from seattle.clearinghouse.fleet.models import Vessel
from seattle.clearinghouse.fleet.situation import UnitNow
from seattle.clearinghouse.worker.cleaning import NotClean, clean
from seattle.clearinghouse.worker.scene import Scene, Unreachable
from seattle.clearinghouse.worker.words import fit
from seattle.fabric import node_api as api
from seattle.fabric.errors import ConnectionFailed, RemoteError

CLEANED_AT_ONCE: Final = 4  # vessels of one node
TOLD_AT_ONCE: Final = 16


async def tell_all(scene: Scene) -> None:
    """Tell the node whose its held vessels are, as far as it does not know."""
    waiting = [unit for unit in scene.node.units if unit.state == Vessel.State.LEASED and not unit.synced]
    if not scene.node.may_be_asked:
        for unit in waiting:
            await _refuse(scene, unit, "its node does not answer")
        return
    slots = asyncio.Semaphore(TOLD_AT_ONCE)
    await _all(_tell(scene, unit, slots) for unit in waiting if unit.due or unit.assigning)


async def clean_all(scene: Scene) -> None:
    """Clean what was somebody's, or is new."""
    if not scene.node.may_be_asked:
        return
    slots = asyncio.Semaphore(CLEANED_AT_ONCE)
    dirty = [unit for unit in scene.node.units if unit.state == Vessel.State.DIRTY and unit.due]
    await _all(_clean(scene, unit.pk, unit.name, slots) for unit in dirty)


async def _all(jobs: Iterable[Coroutine[Any, Any, Exception | None]]) -> None:
    """Do all of these, and only then raise what was wrong with the node, if something was."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job) for job in jobs]
    for task in tasks:
        if (failed := task.result()) is not None:
            raise failed


async def _tell(scene: Scene, unit: UnitNow, slots: asyncio.Semaphore) -> Exception | None:
    """What went wrong with the node as a whole: a value, so that the others are told all the same."""
    began, action = time.monotonic(), "assign" if unit.assigning else "keys"
    async with slots:
        try:
            await scene.ask(api.CHANGE_USERS, api.ChangeUsers(vessel=unit.name, users=list(unit.users)))
        except RemoteError as no:
            scene.write(action, unit.name, f"the node refuses: {fit(no.message, 200)}", began, succeeded=False)
            await _refuse(scene, unit, f"its node refused: {fit(no.message, 200)}")
            await scene.orm(services.unit_failed, unit.pk, now=scene.now())
            await scene.orm(services.look_soon, [scene.pk])
            return None
        except (Unreachable, ConnectionFailed) as why:
            if isinstance(why, Unreachable):
                scene.write(action, unit.name, str(why), began, succeeded=False)
                await _refuse(scene, unit, f"its node does not answer ({why})")
            return why
    await scene.orm(services.told_keys, unit.pk, unit.users)
    scene.write(action, unit.name, f"{len(unit.users)} keys", began)
    return None


async def _refuse(scene: Scene, unit: UnitNow, why: str) -> None:
    """Have another vessel tried in the place of this one, if it was to be assigned."""
    if unit.assigning and unit.lease is not None:
        await scene.orm(services.not_taken, unit.lease, why)


async def _clean(scene: Scene, unit_id: int, name: str, slots: asyncio.Semaphore) -> Exception | None:
    """As `_tell`."""
    began = time.monotonic()
    async with slots:
        try:
            await clean(scene.ask, name)
        except (NotClean, RemoteError) as why:
            scene.write("clean", name, fit(str(why), 300), began, succeeded=False)
            await scene.orm(services.unit_failed, unit_id, now=scene.now())
            await scene.orm(services.look_soon, [scene.pk])
            return None
        except (Unreachable, ConnectionFailed) as why:
            return why
    if await scene.orm(services.cleaned, unit_id):
        scene.write("clean", name, "files, log and users are gone, as was seen", began)
    return None
