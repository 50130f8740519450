"""Randomness and resources: two calls that only ask."""

import time
from typing import cast

from seattle.repy import door
from seattle.repy.guest.calls import api_call
from seattle.repy.guest.channel import ask

_PORTS = ("messport", "connport")

Amounts = dict[str, float | set[int]]


@api_call
def randombytes() -> bytes:
    """Ask for randomness.

    Returns:
        1024 bytes that nobody can foresee.

    Raises:
        ResourceForbiddenError: The vessel's `random` is 0.

    Costs:
        `random` 1024.
    """
    return cast("bytes", ask(door.RandomBytes()))


@api_call
def getresources() -> tuple[Amounts, Amounts, list[tuple[float, float]]]:
    """Tell how much the program may use, and how much it does.

    Returns:
        `(limits, usage, stops)`. The first two are dicts by resource: of a rate, the level that is charged now; of what
        is held, how much; of ports, a set. Usage has `threadcpu`, too, the CPU seconds of the thread that asks, and
        `traffic`, the bytes exchanged with other computers. The last is a list of the last 100 times that the program
        was stopped to hold its CPU share, the oldest first: `(when, how long)`, in seconds as `getruntime` counts them.
    """
    limits, usage, stops = ask(door.GetResources())
    for amounts in (limits, usage):
        for name in _PORTS:
            amounts[name] = set(amounts[name])
    usage["threadcpu"] = time.thread_time()
    return limits, usage, [(when, duration) for when, duration in stops]
