"""Saving what the shell knows, and going on with it another day."""

import asyncio
from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command, Shelf
from seattle.shell.report import tell
from seattle.shell.saving import load_state, save_state
from seattle.shell.survey import survey


async def savestate(call: Call) -> None:
    """Save the state for the identity."""
    pair = await call.session.identities.pair_of(call.identity)
    await asyncio.to_thread(save_state, call.session, call.path("FILE"), pair)


async def loadstate(call: Call) -> None:
    """Go on with a state, and look which of its vessels are there."""
    session = call.session
    pair = await session.identities.pair_of(call.identity)
    load_state(session, call.path("FILE"), call.identity, pair)
    await session.connections.wait_at_most(session.settings.timeout)
    if session.settings.autosave:
        session.note("Autosave is on.")
    if session.targets:
        tell(session, "reload", await survey(session, list(session.targets)))


COMMANDS: Final = (
    Command(
        "savestate FILE",
        savestate,
        "Save identities, targets, groups and settings to a file.",
        details="The file is encrypted with the key of the identity: only with the same key can it be loaded, or "
        "changed unseen. Private keys are in it. A state that was saved in FILE is replaced.",
        examples=(("as joe savestate monday.state", "`as joe loadstate monday.state` goes on with it"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "loadstate FILE",
        loadstate,
        "Go on with a state that was saved.",
        details="Replaces all identities, targets, groups and settings. Then all vessels are asked what has become of "
        "them; those that don't answer stay known, and are asked again by the next command.",
        examples=(("as joe loadstate monday.state", "in a shell that has joe's key"),),
        shelf=Shelf.EXTENDED,
    ),
)
