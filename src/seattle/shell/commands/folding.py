"""Whether outputs that are the same on several vessels are shown once."""

from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command, Shelf


async def set_folding(call: Call) -> None:
    """Turn it on or off."""
    call.session.settings.folding = call.switch("STATE")


async def show_folding(call: Call) -> None:
    """Tell which it is."""
    call.session.show("on" if call.session.settings.folding else "off")


COMMANDS: Final = (
    Command(
        "set folding STATE:SWITCH",
        set_folding,
        "Set whether outputs that are the same on several vessels are shown once: on or off.",
        details="Those of `show log`, `show files`, `show resources` and `cat`. It is on to begin with.",
        examples=(("set folding off", "each vessel's output is shown from then on"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "show folding",
        show_folding,
        "Show whether outputs that are the same on several vessels are shown once.",
        examples=(("show folding", "on or off"),),
        shelf=Shelf.EXTENDED,
    ),
)
