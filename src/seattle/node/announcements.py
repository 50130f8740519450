"""What the programs of a node announce and look up, on their way to the directory.

A program has no credential: it asks its monitor, which asks us. We bound what each vessel may hold and ask, send it on
in the node's name, and tell it to a fresh directory once more, for as long as it lives.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Sized
from typing import Final

import msgspec
import structlog

from seattle.fabric import subjects
from seattle.fabric.allowance import Allowance
from seattle.fabric.announcements import (
    MAX_ANSWER,
    MAX_AT_ONCE,
    MAX_BY_NODE,
    Announced,
    Announcement,
    FoundValues,
    LookUpValues,
)
from seattle.fabric.connection import Fabric
from seattle.fabric.errors import FabricError, NotConnected
from seattle.fabric.operations import encode, unpack
from seattle.fabric.session import Message
from seattle.repy import launch
from seattle.repy.door import MAX_DATA

RATE: Final = 2.0  # questions a second of one vessel
BURST: Final = 40.0
MAX_BY_VESSEL: Final = 100  # announcements that live
PATIENCE: Final = 10.0  # seconds for the directory
_FRAMING: Final = 5  # bytes of a value in an answer beside its text, at most
SPREAD: Final = 5.0  # seconds over which nodes answer a fresh directory

log = structlog.get_logger()


class Announcements:
    """Of all vessels of a node. `clock`: seconds since any moment.

    Attributes:
        fabric: set once there is one.
        vessels: all that there are on the node, which share what a directory takes of it.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, rng: random.Random | None = None) -> None:
        self.fabric: Fabric | None = None
        self.vessels: Sized = ()
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - jitter, not secrets
        self._allowance = Allowance(rate=RATE, burst=BURST, clock=clock)
        self._live: defaultdict[str, dict[tuple[str, str], float]] = defaultdict(dict)  # vessel -> what -> its end

    async def answer(self, vessel: str, question: Sequence[str]) -> list[str]:
        """The words that answer a question of a vessel's monitor. Never raises: what goes wrong is an answer."""
        try:
            return [launch.DONE, *await self._do(vessel, question)]
        except (_RefusedError, FabricError) as why:
            return [launch.FAILED, str(why)]
        except (ValueError, RecursionError, msgspec.MsgspecError) as why:  # no monitor, or directory, of ours does so
            log.warning("question_not_understood", vessel=vessel, error=str(why))
            return [launch.FAILED, f"the node does not understand the question: {why}"]

    def pass_on(self, gone: Collection[str], made: Collection[str]) -> None:
        """Some vessels are there in place of others: what those have announced lives on, and counts for each of these.

        So nobody comes to more by dividing a vessel and joining it again.
        """
        now = self._clock()
        kept = _living((self._live.pop(name, {}) for name in gone), now)
        if kept:
            self._live.update((name, dict(kept)) for name in made)

    async def readvertise(self, _: Message) -> None:
        """Tell a fresh directory what lives, in a moment."""
        await asyncio.sleep(self._rng.uniform(0, SPREAD))
        now = self._clock()
        ends_of = _living(self._live.values(), now)
        living = [Announcement(key, value, ends - now) for (key, value), ends in ends_of.items()]
        for start in range(0, len(living), MAX_AT_ONCE):
            await self._publish(living[start : start + MAX_AT_ONCE])

    async def _do(self, vessel: str, question: Sequence[str]) -> list[str]:
        if not self._allowance.take(vessel):
            raise _RefusedError(f"this vessel asks more than {RATE:g} times a second: try again later")
        match question:
            case [launch.ANNOUNCE, key, value, seconds]:
                one = msgspec.convert((key, value, float(seconds)), Announcement)
                self._keep(vessel, one)
                await self._publish([one])
                return []
            case [launch.LOOK_UP, key, most]:
                wanted = msgspec.convert({"key": key, "most": min(int(most), MAX_ANSWER)}, LookUpValues)
                fabric = self._connected()
                reply = await fabric.call(subjects.values(fabric.id), encode(wanted), within=PATIENCE)
                return _fitting(msgspec.msgpack.decode(unpack(reply), type=FoundValues).values)
        raise ValueError("it is none of this version")

    def _keep(self, vessel: str, one: Announcement) -> None:
        now, kept = self._clock(), self._live[vessel]
        for what in [what for what, ends in kept.items() if ends <= now]:
            del kept[what]
        what = (one.key, one.value)
        most = min(MAX_BY_VESSEL, MAX_BY_NODE // max(len(self.vessels), 1))
        if what not in kept and len(kept) >= most:
            raise _RefusedError(f"this vessel has {most} announcements that live, or more: wait until one has ended")
        kept[what] = max(kept.get(what, 0.0), now + one.lifetime)

    async def _publish(self, announced: list[Announcement]) -> None:
        fabric = self._connected()
        await fabric.publish(subjects.announce(fabric.id), encode(Announced(announcements=announced)))

    def _connected(self) -> Fabric:
        if self.fabric is None:
            raise NotConnected("this node is not connected to its fabric: try again later")
        return self.fabric


def _living(of_each: Iterable[Mapping[tuple[str, str], float]], now: float) -> dict[tuple[str, str], float]:
    """What several vessels have announced and lives, and when it ends: of two ends of the same, the later."""
    found: dict[tuple[str, str], float] = {}
    for kept in of_each:
        found |= {what: max(ends, found.get(what, 0.0)) for what, ends in kept.items() if ends > now}
    return found


def _fitting(values: Sequence[str]) -> list[str]:
    """The first ones, as many as the program's door takes in one answer; nodes took turns, so all have some of these.

    Strangers choose how many there are and how long. An answer that is too long would be none.
    """
    left, found = MAX_DATA, []
    for value in values:
        left -= len(value.encode()) + _FRAMING
        if left < 0:
            break
        found.append(value)
    return found


class _RefusedError(Exception):
    """No, and why."""
