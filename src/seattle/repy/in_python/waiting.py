"""`waitready` for the sockets of this process."""

import select
import time
from typing import Any, Final

from seattle.repy.guest.exceptions import RepyArgumentError
from seattle.repy.in_python.network import Socket

_LONGEST: Final = 0.1  # seconds of one look: the kernel does not tell of a socket that another thread closes
_BROKEN: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL


def waitready(reading: list[Any], writing: list[Any], timeout: float | None) -> tuple[list[Any], list[Any]]:
    """Those that can be read and those that can be written, as soon as there are any, within `timeout` seconds."""
    for one in (*reading, *writing):
        if not isinstance(one, Socket):
            raise RepyArgumentError(f"there is no waiting for {type(one).__name__}")
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        left = _LONGEST if deadline is None else min(max(deadline - time.monotonic(), 0.0), _LONGEST)
        ready = _look(reading, writing, left)
        if any(ready) or (deadline is not None and time.monotonic() >= deadline):
            return ready


def _look(reading: list[Socket], writing: list[Socket], seconds: float) -> tuple[list[Socket], list[Socket]]:
    wanted: dict[int, int] = {}
    for events, sockets in ((select.POLLIN, reading), (select.POLLOUT, writing)):
        for one in sockets:
            wanted[one.number] = wanted.get(one.number, 0) | events
    closed = wanted.pop(-1, None) is not None
    poll = select.poll()
    for number, events in wanted.items():
        poll.register(number, events)
    seen = dict(poll.poll(0 if closed else seconds * 1000))

    def can(one: Socket, events: int) -> bool:
        return one.number < 0 or bool(seen.get(one.number, 0) & (events | _BROKEN))

    return [one for one in reading if can(one, select.POLLIN)], [one for one in writing if can(one, select.POLLOUT)]
