"""Files: from this computer to vessels and back."""

from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.report import ask, tell


async def upload(call: Call) -> None:
    """Put a file into each vessel."""
    results = await ask(call, lambda group: group.upload(call.path("LOCAL"), call.text("REMOTE") or None))
    tell(call.session, "upload", results)


COMMANDS: Final = (
    Command(
        "upload LOCAL:FILE [REMOTE]",
        upload,
        "Put a file into the vessels.",
        examples=(("on browsegood upload data.txt", "it is named data.txt there, too"),),
    ),
)
