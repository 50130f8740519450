"""How the update step ends, as a supervisor hears it."""

from enum import IntEnum


class UpdateCode(IntEnum):
    """An exit code."""

    NOTHING_NEW = 0
    FAILED = 1  # something of this computer's, such as a full disk: to be tried again
    PREPARED = 10  # `next` names a version that is unpacked, and has tried itself
    UNREACHABLE = 11  # nobody serves updates at the moment
    REFUSED = 12  # what is served must not be installed, or does not work here
