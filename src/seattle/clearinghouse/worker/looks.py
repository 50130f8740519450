"""A look at a node: is all there as we think? The steps of `survey` are taken here."""

import time
from collections.abc import Sequence
from typing import Final, assert_never

from seattle.clearinghouse.fleet import services
from seattle.clearinghouse.fleet.models import Vessel
from seattle.clearinghouse.fleet.services import Answered
from seattle.clearinghouse.journal import services as journal
from seattle.clearinghouse.worker import survey as s
from seattle.clearinghouse.worker.dividing import divide
from seattle.clearinghouse.worker.marks import UNIT, rest_mark
from seattle.clearinghouse.worker.scene import Scene, Unreachable
from seattle.clearinghouse.worker.words import fit, nat_of
from seattle.fabric import node_api as api
from seattle.fabric.errors import BadReply, RemoteError

MOST_UNITS: Final = 100  # of one node


async def look(scene: Scene) -> None:
    """Ask a node what it is and has, and do what follows from that."""
    began = time.monotonic()
    try:
        said = await scene.ask(api.DESCRIBE, api.Describe())
    except RemoteError as no:
        raise Unreachable(f"it says of itself only: {fit(no.message, 200)}") from no
    facts = Answered(version=fit(said.version, 64), nat=nat_of(said.nat), holding_back=fit(said.holding_back, 300))
    if not scene.node.online:
        scene.write("probe", "", "it is online", began)
    await scene.orm(services.answered, scene.pk, facts, now=scene.now(), again=scene.tools.probe_every)
    try:
        for step in s.survey(scene.node, said.vessels, scene.tools.own.id):
            if not await _take(scene, step):
                break
    except RemoteError as no:
        await _wait(scene, f"it refuses what a worker asks: {fit(no.message, 200)}")


async def _take(scene: Scene, step: s.Step) -> bool:
    """One step, which does no more if it is taken twice; whether those after it make sense."""
    began, orm, node = time.monotonic(), scene.orm, scene.pk
    match step:
        case s.Lose(unit, why):
            await orm(services.lose_unit, unit.pk, why)
            scene.write("lose", unit.name, why, began, succeeded=False)
        case s.Soil(unit, why):
            if await orm(services.soil_unit, unit.pk):
                scene.write("probe", unit.name, f"to be cleaned: {why}", began, succeeded=False)
        case s.Unsync(unit):
            await orm(services.unsync_unit, unit.pk)
            scene.write("probe", unit.name, "its keys are not its holder's: they are written anew", began)
        case s.Adopt(name, ports, mark):
            return await _adopt(scene, name, ports, mark=mark)
        case s.MarkUnit(name):
            await scene.say(name, UNIT)
        case s.TakeOver():
            await _take_over(scene, step)
        case s.Divide():
            await _divide(scene, step)
        case s.Empty(why):
            await orm(services.empty, node, why)
            scene.write("probe", "", why, began, succeeded=False)
        case s.Wait(why):
            await _wait(scene, why)
        case s.Note(why):
            if not await orm(journal.says, node, why):
                scene.write("probe", "", why, began)
        case s.Break(why):
            if await orm(services.break_node, node, why):
                scene.write("probe", "", why, began, succeeded=False)
            return False
        case _:
            assert_never(step)
    return True


async def _adopt(scene: Scene, name: str, ports: Sequence[int], *, mark: bool) -> bool:
    began = time.monotonic()
    if _there(scene) >= MOST_UNITS:
        return True
    if not await scene.orm(services.add_unit, scene.pk, name, ports):
        return await _take(scene, s.Break(f"its vessel {name} has a port that another vessel of it has, too"))
    if mark:
        await scene.say(name, UNIT)
    scene.write("split", name, "a unit of which there was no row: found again", began)
    return True


async def _take_over(scene: Scene, wanted: s.TakeOver) -> None:
    began = time.monotonic()
    why = await scene.orm(services.accept_donation, scene.pk, wanted.token)
    if why:
        await _wait(scene, why)
        return
    if wanted.running:
        await scene.ask(api.STOP, api.Stop(vessel=wanted.name))
    await scene.ask(api.CHANGE_USERS, api.ChangeUsers(vessel=wanted.name, users=[]))
    await scene.ask(api.RESET, api.Reset(vessel=wanted.name))
    await scene.say(wanted.name, rest_mark(wanted.token))
    await scene.orm(services.begin_dividing, scene.pk, wanted.name)
    scene.write("take-over", wanted.name, "it is ours", began)
    await scene.orm(services.look_soon, [scene.pk])


async def _divide(scene: Scene, wanted: s.Divide) -> None:
    began = time.monotonic()

    async def add(name: str, ports: Sequence[int], rest: str) -> bool:
        added = await scene.orm(services.add_unit, scene.pk, name, ports, rest=rest)
        if added:
            scene.write("split", name, f"ports {ports[0]} to {ports[-1]}", began)
        return added

    there = _there(scene)
    try:
        done = await divide(scene.ask, wanted, add, rng=scene.tools.rng, most=MOST_UNITS - there)
    except BadReply as why:
        await _take(scene, s.Break(str(why)))
        return
    if there + done.units:
        await scene.orm(services.put_to_use, scene.pk)
        scene.write("split", "", f"{there + done.units} vessels; no more, since {fit(done.why, 300)}", began)
    else:
        await _wait(scene, f"it is too small for even one vessel: {fit(done.why, 200)}")


def _there(scene: Scene) -> int:
    """How many units it had when the visit began."""
    return sum(unit.state != Vessel.State.LOST for unit in scene.node.units)


async def _wait(scene: Scene, why: str) -> None:
    if await scene.orm(services.wait_with, scene.pk, why, now=scene.now()):
        scene.write("take-over", "", why, time.monotonic(), succeeded=False)
