"""Programs: starting and stopping them."""

from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.report import ask, tell


async def stop(call: Call) -> None:
    """Stop what runs."""
    tell(call.session, "stop", await ask(call, lambda group: group.stop()))


COMMANDS: Final = (
    Command("stop", stop, "Stop the programs that run.", examples=(("on %1 stop", "in the first vessel"),)),
)
