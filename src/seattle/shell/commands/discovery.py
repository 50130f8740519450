"""Finding vessels, and looking what has become of them."""

from collections.abc import Collection, Sequence
from typing import Final

from seattle.client import Place, Results, Vessel
from seattle.client.aio.testbed import AsyncTestbed
from seattle.client.errors import NoSuchVessel
from seattle.client.outcomes import in_words
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey
from seattle.shell.asking import ask_each
from seattle.shell.call import Call
from seattle.shell.command_table import Command, Shelf
from seattle.shell.errors import IdentityNeeded, Unfit
from seattle.shell.leases import time_left_of
from seattle.shell.reasons import on_one_line
from seattle.shell.report import make_groups, tell, tell_failures, tell_if_empty
from seattle.shell.session import Session
from seattle.shell.survey import NodeNow, look_at, survey
from seattle.shell.tables import show_table

WIDEST: Final = 60  # characters of what strangers write into a table


async def browse(call: Call) -> None:
    """Learn of all vessels that the identity may use, and forget those that are no longer its own."""
    session, identity = call.session, call.identity
    testbed = await session.connections.testbed(identity)
    listed = {node.id for node in await testbed.nodes(mine=True)}
    known = {one.vessel.node for one in session.targets if one.identity == identity.name}

    async def look(node: str) -> NodeNow:
        return await look_at(testbed, node)

    told = await ask_each(session, sorted(listed | known), look, place=Place, doing="asking nodes")
    silent = [one for one in told.failed if one.vessel.node in listed]
    session.tally(worked=len(told.ok), failed=len(silent))
    tell_failures(session, silent)
    vessels = [vessel for now in told.values for vessel in now.vessels]
    _forget_others(session, identity.name, vessels, on={one.vessel.node for one in told.ok})
    learn(call, "browsegood", vessels)


def _forget_others(session: Session, identity: str, vessels: Sequence[Vessel], *, on: Collection[str]) -> None:
    """Forget what was found in this name on these nodes, and is not among these vessels."""
    places = {vessel.place for vessel in vessels}
    gone = [
        one
        for one in session.targets
        if one.identity == identity and one.vessel.node in on and one.vessel.place not in places
    ]
    if gone:
        session.show(f"Gone: {', '.join(one.label for one in gone)}")
    for one in gone:
        session.targets.gone(one.vessel.place)


def learn(call: Call, group: str, vessels: Sequence[Vessel]) -> None:
    """Remember vessels, and make a group of those that are new."""
    call.session.targets.set_group(group, [])
    new = meet(call, vessels)
    if new:
        make_groups(call.session, {group: new})


def meet(call: Call, vessels: Sequence[Vessel]) -> list[Place]:
    """Remember vessels; say, and return, which are new."""
    learnt = [call.session.targets.found(vessel, call.identity.name) for vessel in vessels]
    new = [one for one in learnt if one is not None]
    if new:
        call.session.show(f"Added targets: {', '.join(one.label for one in new)}")
    else:
        call.session.show("No new targets could be added.")
    return [one.vessel.place for one in new]


async def contact(call: Call) -> None:
    """Learn of the vessels of one node, also if no directory tells of them."""
    node, slash, name = call.text("NODE").partition("/")
    if not node or (slash and not name):
        raise Unfit(f"{call.text('NODE')!r} is neither NODE nor NODE/VESSEL", hint="a node's id begins with U")
    testbed = await call.session.connections.testbed(call.identity)
    place = Place(await _node_id(call, testbed, node), name)
    vessels = [one for one in (await look_at(testbed, place.node)).vessels if not name or one.name == name]
    if name and not vessels:
        raise NoSuchVessel(f"{place} can't be used by {call.identity.name!r}, or is not there")
    meet(call, vessels)


async def _node_id(call: Call, testbed: AsyncTestbed, written: str) -> str:
    """The id of a node, of which the beginning will do if we know a vessel there, or the directory does."""
    try:
        return PublicKey.from_id(written).id
    except IdentityError:
        known = {one.vessel.node for one in call.session.targets}
        fitting = _beginning(written, known) or _beginning(written, {one.id for one in await testbed.nodes()})
    match sorted(fitting):
        case []:
            raise Unfit(f"no node's id begins with {written!r}", hint="write all 56 letters of one that is not listed")
        case [one]:
            return one
        case several:
            raise Unfit(f"{written!r} may be any of {len(several)} nodes", hint="type more of the id")


def _beginning(written: str, nodes: set[str]) -> set[str]:
    return {node for node in nodes if node.startswith(written)}


async def update(call: Call) -> None:
    """Ask what has become of the vessels."""
    target = call.target
    tell_if_empty(call.session, target)
    tell(call.session, "update", await survey(call.session, target))


async def list_vessels(call: Call) -> None:
    """Show the vessels in a table, as they are now."""
    target = call.target
    tell_if_empty(call.session, target)
    results = await survey(call.session, target)
    ends = await time_left_of(call.session, target)
    mine = _whose(call)
    vessels = {vessel.place: vessel for vessel in results.values}
    rows = [
        (
            f"%{one.number}",
            "*" if now.owner == (mine or call.session.identities.get(one.identity).public.id) else "",
            str(now),
            now.state.value.capitalize(),
            "" if now.outcome is None else on_one_line(in_words(now.outcome), most=WIDEST),
            *([ends.get(now.place, "")] if ends else []),
            on_one_line(_words(now), most=WIDEST),
        )
        for one in target
        if (now := vessels.get(one.vessel.place)) is not None
    ]
    if rows:
        headings = ("ID", "Own", "Name", "Status", "Latest run", *(["Ends in"] if ends else []), "Owner Information")
        show_table(call.session, headings, rows)
    tell(call.session, "list", results)
    _group_by_status(call, results)


def _words(vessel: Vessel) -> str:
    return f"(held back: {vessel.holding_back})" if vessel.holding_back else vessel.owner_information


def _whose(call: Call) -> str:
    """Whose vessels have a star; empty for those of whoever found each."""
    try:
        return call.identity.public.id
    except IdentityNeeded:
        return ""


def _group_by_status(call: Call, results: Results[Vessel]) -> None:
    groups: dict[str, list[Place]] = {}
    for vessel in results.values:
        groups.setdefault(f"list{vessel.state.value.capitalize()}", []).append(vessel.place)
    if len(groups) > 1:
        make_groups(call.session, groups)


COMMANDS: Final = (
    Command(
        "browse",
        browse,
        "Find the vessels that the identity may use.",
        details="Asks the testbed's directory, and then each node. Those that are new are in the group 'browsegood'. "
        "Those that are no longer the identity's, since they were given back or are over, are forgotten.",
        examples=(("as joe browse", "find joe's vessels"),),
    ),
    Command(
        "contact NODE",
        contact,
        "Find the vessels of one node: NODE, or one of them: NODE/VESSEL.",
        details="Also those of which the directory does not tell, since their owner has said `set advertise off`. A "
        "node that is listed may be cut short.",
        examples=(("contact UBXS3TA7K", "all that the identity may use there"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "update",
        update,
        "Ask what has become of the vessels.",
        details="`show users` and the like tell what was heard last. A vessel is always asked in the name of the "
        "identity that found it, whichever is chosen now.",
        examples=(("on %all update", "all that are known"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "list",
        list_vessels,
        "Show the vessels and their states in a table.",
        details="Own is * for vessels whose owner is the identity. If states differ, there is a group for each: "
        "'listFresh', 'listStarted', 'listStopped', 'listTerminated', 'listStale'. Those that did not answer are in "
        "'listfail', the others then in 'listgood'.",
        examples=(("on browsegood list", "those found last"), ("on listStarted stop", "stop what runs")),
    ),
)
