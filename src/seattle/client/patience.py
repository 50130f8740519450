"""How long a client waits for what, in seconds. All of it is bounded."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds; the defaults suit the Internet."""

    connect: float = 5.0  # for the first connection
    call: float = 10.0  # for one call to a node
    poll: float = 20.0  # that a node may hold a long poll
    acquire: float = 180.0  # for vessels that were ordered from a site
    appear: float = 15.0  # for those then to be seen in the directory
    transfer: float = 600.0  # for one file to or from one vessel
    # Between tries when a node that we follow does not answer; then it is given up.
    pauses: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


DEFAULT: Final = Patience()
