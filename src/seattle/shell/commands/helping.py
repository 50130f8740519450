"""Help."""

from typing import Final

from seattle.shell import help_pages
from seattle.shell.call import Call
from seattle.shell.command_table import Command


async def help_about(call: Call) -> None:
    """Tell about all commands, or some."""
    table, words = call.session.commands, call.many("TOPIC")
    if not words:
        call.session.show(help_pages.overview(table))
    elif words == (help_pages.EXTENDED,):
        call.session.show(help_pages.extended(table))
    else:
        call.session.show(help_pages.topic(table, words))


COMMANDS: Final = (
    Command(
        "help [TOPIC...]",
        help_about,
        "List the commands, or tell all about some.",
        details="TOPIC is `extended`, for commands that are wanted less often; a command, or the words with which "
        "some begin; or a module.",
        examples=(("help", ""), ("help set", "all that can be set"), ("help show log", "one of them")),
    ),
)
