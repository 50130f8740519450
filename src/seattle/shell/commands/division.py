"""Making several vessels of one, and one of several.

Whatever came of it, and also if the answer was lost, the nodes are asked afterwards which vessels there are now.
"""

from collections.abc import Sequence
from typing import Final

from seattle.client import Failure, Parts, Place, Results, Vessel
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.resources.errors import ResourceError
from seattle.resources.restrictions import parse_restrictions
from seattle.shell.asking import ask_each
from seattle.shell.call import Call
from seattle.shell.command_table import Command, Shelf
from seattle.shell.errors import Unfit
from seattle.shell.folding import listed
from seattle.shell.local_files import read_text
from seattle.shell.report import ask, make_groups, tell_failures
from seattle.shell.session import Session
from seattle.shell.survey import Source, look_at_nodes, survey
from seattle.shell.targets import Known


async def split(call: Call) -> None:
    """Make two vessels of each: what is left over, and what was asked for."""
    path = call.path("RESOURCEFILE")
    try:
        wanted = parse_restrictions(await read_text(path), str(path)).vector.to_mapping()
    except ResourceError as why:
        raise Unfit(str(why), hint="`show resources` shows such a file") from why
    target = call.target

    async def divide(group: AsyncVesselGroup) -> Results[Parts]:
        return await group.split(wanted)

    results = await ask(call, divide, doing="splitting")
    await _look_again(call.session, target)
    session = call.session
    for one in results.ok:
        parts = f"{session.targets.label(one.value.rest.place)}, {session.targets.label(one.value.part.place)}"
        session.show(f"{one.vessel} -> ({parts})")
    session.tally(worked=len(results.ok), failed=len(results.failed))
    tell_failures(session, results.failed)
    if results.ok:
        groups = {
            "split1": [one.value.rest.place for one in results.ok],
            "split2": [one.value.part.place for one in results.ok],
        }
        failed = {"splitfail": [one.vessel for one in results.failed]} if results.failed else {}
        make_groups(session, groups | failed)


async def join(call: Call) -> None:
    """Make one vessel of all that are on the same node."""
    session, target = call.session, call.target
    looked = await survey(session, target)
    here = {one.vessel for one in looked.ok}
    mine, others = _by_owner(session, [one for one in call.target if one.vessel.place in here])
    _tell_skipped(session, others)
    several = [vessels for vessels in _by_node(mine) if len(vessels) > 1]

    async def join_those(vessels: Sequence[Known]) -> Vessel:
        (group,) = await session.groups_of(vessels)
        (joined,) = await group.join()
        if isinstance(joined, Failure):
            raise joined.error
        return joined.value

    results = await ask_each(
        session, several, join_those, place=lambda vessels: Place(vessels[0].vessel.node), doing="joining"
    )
    await _look_again(session, [one for vessels in several for one in vessels])
    failed: list[Failure] = []
    for vessels, one in zip(several, results, strict=True):
        if isinstance(one, Failure):
            failed += [Failure.of(old.vessel.place, one.error) for old in vessels]
        else:
            old_names = ", ".join(str(old.vessel) for old in vessels)
            session.show(f"{session.targets.label(one.value.place)} <- ({old_names})")
    failed += looked.failed
    session.tally(worked=len(results.ok), failed=len(failed))
    tell_failures(session, failed)
    if results.ok:
        groups = {"joingood": [one.value.place for one in results.ok]}
        make_groups(session, groups | ({"joinfail": [one.vessel for one in failed]} if failed else {}))
    elif not several and not looked.failed and not others:
        session.show("No node has two of these vessels: there is nothing to join.")


def _by_owner(session: Session, vessels: Sequence[Known]) -> tuple[list[Known], list[Known]]:
    """Those whose owner is who found them, and the others."""
    mine = [one for one in vessels if one.vessel.owner == session.identities.get(one.identity).public.id]
    return mine, [one for one in vessels if one not in mine]


def _by_node(vessels: Sequence[Known]) -> list[list[Known]]:
    nodes: dict[Source, list[Known]] = {}
    for one in vessels:
        nodes.setdefault(Source.of(one), []).append(one)
    return list(nodes.values())


def _tell_skipped(session: Session, vessels: Sequence[Known]) -> None:
    if vessels:
        session.note(
            "Skipped, since somebody else is their owner: `set owner` has to make one own all.", style="yellow"
        )
        session.note(f"Affected vessels: {listed([one.label for one in vessels])}.")


async def _look_again(session: Session, before: Sequence[Known]) -> None:
    """Learn which vessels there are on these nodes now, and forget those that are gone."""
    for source, now in (await look_at_nodes(session, before, anyway=True)).items():
        if isinstance(now, Failure):
            tell_failures(session, [now])
            continue
        places = {vessel.place for vessel in now.vessels}
        for known in list(session.targets):
            if Source.of(known) == source and known.vessel.place not in places:
                session.targets.gone(known.vessel.place)
        for vessel in now.vessels:
            session.targets.found(vessel, source.identity)


COMMANDS: Final = (
    Command(
        "split RESOURCEFILE:FILE",
        split,
        "Make two vessels of each.",
        details="One has exactly what the file asks for, and is in the group 'split2'; one has what is left over, and "
        "is in 'split1'. The offcut is lost: `show offcut`. Nothing may run in the vessels, and their files and logs "
        "are deleted. Only the owner of a vessel can do this. The file has lines `resource NAME VALUE`, as `show "
        "resources` shows them.",
        examples=(("on %1 split half.txt", "%1 is gone then, and two others are there"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "join",
        join,
        "Make one vessel of all that are on the same node.",
        details="What a split has lost comes back. Nothing may run in the vessels, and their files and logs are "
        "deleted. Only vessels whose owner is the identity are joined; a node with a single one is left alone. The new "
        "ones are in the group 'joingood'.",
        examples=(("on browsegood join", "one vessel on each node is left"),),
        shelf=Shelf.EXTENDED,
    ),
)
