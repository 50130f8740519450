"""The commands of the shell, a file for each family. Each has a list `COMMANDS`."""

from typing import Final

from seattle.shell.command_table import Command
from seattle.shell.commands import (
    discovery,
    division,
    execution,
    files,
    folding,
    groups,
    helping,
    keys,
    leaving,
    logs,
    modules,
    node_views,
    ownership,
    prefixes,
    shell_settings,
    state,
    views,
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
    *logs.COMMANDS,
    *views.COMMANDS,
    *node_views.COMMANDS,
    *ownership.COMMANDS,
    *division.COMMANDS,
    *folding.COMMANDS,
    *modules.COMMANDS,
)
