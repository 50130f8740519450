"""The commands of the shell, a file for each family. Each has a list `COMMANDS`."""

from typing import Final

from seattle.shell.command_table import Command
from seattle.shell.commands import discovery, execution, files, prefixes

BUILT_IN_COMMANDS: Final[tuple[Command, ...]] = (
    *prefixes.COMMANDS,
    *discovery.COMMANDS,
    *files.COMMANDS,
    *execution.COMMANDS,
)
