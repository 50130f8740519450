"""How a line ended, and with it the shell: exit codes as everywhere in the house."""

from enum import IntEnum


class Outcome(IntEnum):
    """How a line ended."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    DONE_IN_PART = 3  # on some vessels
    INTERRUPTED = 130  # as shells report Ctrl-C
