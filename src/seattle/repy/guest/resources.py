"""Randomness and resources: two calls that only ask."""

from typing import cast

from seattle.repy import door
from seattle.repy.guest.calls import api_call
from seattle.repy.guest.channel import ask

_PORTS = ("messport", "connport")

Amounts = dict[str, float | set[int]]


@api_call
def randombytes() -> bytes:
    """1024 bytes that nobody can foresee."""
    return cast("bytes", ask(door.RandomBytes()))


@api_call
def getresources() -> tuple[Amounts, Amounts, list[tuple[float, float]]]:
    """`(limits, usage, stop times)`; ports are sets, a stop is `(when, how long)` in seconds."""
    limits, usage, stops = ask(door.GetResources())
    for amounts in (limits, usage):
        for name in _PORTS:
            amounts[name] = set(amounts[name])
    return limits, usage, [(when, duration) for when, duration in stops]
