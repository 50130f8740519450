"""The commands of the shell, a file for each family. Each has a list `COMMANDS`."""

from typing import Final

from seattle.shell.command_table import Command
from seattle.shell.commands import (
    discovery,
    execution,
    files,
    groups,
    helping,
    keys,
    leaving,
    modules,
    prefixes,
    shell_settings,
    state,
)

BUILT_IN_COMMANDS: Final[tuple[Command, ...]] = (
    *prefixes.COMMANDS,
    *keys.COMMANDS,
    *groups.COMMANDS,
    *shell_settings.COMMANDS,
    *state.COMMANDS,
    *helping.COMMANDS,
    *leaving.COMMANDS,
    *discovery.COMMANDS,
    *files.COMMANDS,
    *execution.COMMANDS,
    *modules.COMMANDS,
)
