"""seash: the interactive shell over everything a user can do with vessels.

A line becomes a `Call` of a `Command` in three steps: `words.py` splits it, `command_table.py` finds the command whose
syntax (`syntax.py`) it fits, and `call.py` says for which identity and target it is. Commands are in `commands/`, a
file for each family; modules (`modules/`) bring more. `session.py` is all that a shell remembers. Nodes are asked
through the SDK's async face, of which `connections.py` keeps one for each identity.

May import: `seattle.client` and everything below it.

Promises:
* What fails on one vessel is told with its reason and disturbs no other; nothing is lost from the groups by an error.
* Nothing that a node or program sends steers the terminal.
* Private keys are never shown, and are written only encrypted.
"""

import sys
from typing import Final

FAILED: Final = 1
INTERRUPTED: Final = 130  # as shells report Ctrl-C


def main() -> int:
    """The command `seash`; its exit code."""
    try:
        from seattle.shell.start import start  # noqa: PLC0415 - what it needs may be missing, or take long

        return start(sys.argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as missing:
        sys.stderr.write(f"error: seash lacks {missing.name}\nhint: pip install 'seattle[testbed]'\n")
        return FAILED
