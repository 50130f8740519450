"""Leaving the shell."""

from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command


async def leave(call: Call) -> None:
    """Want no more lines."""
    call.session.leaving = True


COMMANDS: Final = (
    Command(
        "exit|quit",
        leave,
        "Leave the shell. What runs on vessels, runs on.",
        details="Nothing is saved unless autosave is on: see `savestate`.",
        examples=(("exit", ""),),
    ),
)
