"""How a donor ends the daemon on this computer: an order over its control socket."""

import asyncio
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seattle.node.verbs import Done, Order, Verb

LOCK: Final = "lock"  # in the node's folder; a daemon holds it for as long as it lives
LOOK: Final = 0.05  # seconds between looks whether it does


class End(Order, frozen=True, tag="end"):
    """End, and stop what runs first."""

    keep: bool = False  # leave it to the next daemon instead


END: Final = Verb(End, Done)


@dataclass(frozen=True)
class Ending:
    """What tells a daemon to end."""

    until: asyncio.Event  # set when it shall
    handing_over: asyncio.Event  # set if another daemon follows

    async def answer(self, asked: End) -> Done:
        """Obey."""
        if asked.keep:
            self.handing_over.set()
        else:
            self.handing_over.clear()
        self.until.set()
        return Done()


def has_ended(folder: Path, *, within: float) -> bool:
    """Wait until no daemon works in the folder, or so many seconds are over; whether that is so. Blocks."""
    fd = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
    try:
        until = time.monotonic() + within
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    return False
                time.sleep(LOOK)
            else:
                return True
    finally:
        os.close(fd)
