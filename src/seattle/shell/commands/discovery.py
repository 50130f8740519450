"""Finding vessels."""

from collections.abc import Sequence
from typing import Final

from seattle.client import Vessel
from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.report import make_groups, tell_failures


async def browse(call: Call) -> None:
    """Learn of all vessels that the identity may use."""
    testbed = await call.session.connections.testbed(call.identity)
    found = await testbed.browse()
    tell_failures(call.session, found.unreachable)
    learn(call, "browsegood", found)


def learn(call: Call, group: str, vessels: Sequence[Vessel]) -> None:
    """Remember vessels, and make a group of those that are new."""
    learnt = [call.session.targets.found(vessel, call.identity.name) for vessel in vessels]
    new = [one for one in learnt if one is not None]
    call.session.targets.set_group(group, [])
    if not new:
        call.session.show("No new targets could be added.")
        return
    call.session.show(f"Added targets: {', '.join(one.label for one in new)}")
    make_groups(call.session, {group: [one.vessel.place for one in new]})


COMMANDS: Final = (
    Command(
        "browse",
        browse,
        "Find the vessels that the identity may use.",
        details="Asks the testbed's directory, and then each node. Those that are new are in the group 'browsegood'.",
        examples=(("as joe browse", "find joe's vessels"),),
    ),
)
