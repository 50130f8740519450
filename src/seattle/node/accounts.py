"""What a run has cost, as its monitor tells it: `Account` of `seattle.repy.outcome_file`, with types."""

from typing import Annotated

import msgspec
from msgspec import Meta

from seattle.repy.monitor.sockets.destinations import MOST

Count = Annotated[int, Meta(ge=0, le=1 << 62)]  # SQLite's numbers end at 63 bits


class Destination(msgspec.Struct, frozen=True, array_like=True):
    """What was exchanged with one address and port. Bytes of payload."""

    transport: Annotated[str, Meta(max_length=8)]  # TCP or UDP
    began: Annotated[str, Meta(max_length=8)]  # "out": the program reached for it; "in": it came to a port of ours
    address: Annotated[str, Meta(max_length=64)]
    port: Annotated[int, Meta(ge=0, le=65535)]  # of the other side; of ours if it began
    sent: Count
    received: Count


class Account(msgspec.Struct, frozen=True):
    """The cost of one run, so far or in all."""

    cpu: Annotated[float, Meta(ge=0, le=1e12)] = 0.0  # seconds
    memory: Count = 0  # bytes at its peak
    sent: Count = 0  # bytes to other computers, as charged; what stays on this one is not among them
    received: Count = 0  # bytes from them
    destinations: Annotated[list[Destination], Meta(max_length=MOST)] = []
    others: tuple[Count, Count] = (0, 0)  # payload sent to and received from all further destinations
