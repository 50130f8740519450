"""A donation into units, so that a crash at any point is mended by the next visit: see `marks`."""

import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from seattle.clearinghouse.fleet.units import PORTS_OF_A_UNIT, unit_with
from seattle.clearinghouse.worker.marks import UNIT, rest_mark
from seattle.clearinghouse.worker.survey import Divide, is_name
from seattle.fabric import node_api as api
from seattle.fabric.errors import BadReply, RemoteError
from seattle.fabric.operations import Ask

# The codes with which a node says that there is not enough left for one more.
_EXHAUSTED: Final = frozenset({"proposal-too-large", "too-small-to-split", "too-many-vessels", "underflow"})

AddUnit = Callable[[str, Sequence[int], str], Awaitable[bool]]  # name, ports, what the rest is called now


@dataclass(frozen=True)
class Divided:
    """How far it went: how many units were made, and why no more."""

    units: int
    why: str


async def divide(ask: Ask, wanted: Divide, add: AddUnit, *, rng: random.Random, most: int) -> Divided:
    """Split units off until nothing more can be had, or `most` were. Each is written down before it is marked.

    Raises FabricError, BadReply for what no honest node does; whatever was done by then stays good.
    """
    rest, ports, made = wanted.name, frozenset(wanted.ports), 0
    while made < most:
        chosen = choose_ports(ports, rng)
        if not chosen:
            return Divided(made, f"fewer than {PORTS_OF_A_UNIT} ports are left")
        await _say(ask, rest, rest_mark(wanted.token, splitting=chosen[0]))
        try:
            split = await ask(api.SPLIT, api.Split(vessel=rest, resources=unit_with(chosen)))
        except RemoteError as no:
            if no.code in _EXHAUSTED:
                return Divided(made, no.message)
            raise
        if not (is_name(split.part) and is_name(split.rest)):
            raise BadReply("it says that it split off a vessel with a name that can't be")
        if not await add(split.part, chosen, split.rest):
            raise BadReply(f"it says that it split off {split.part} with ports that other vessels have")
        await _say(ask, split.part, UNIT)
        rest, ports, made = split.rest, ports - set(chosen), made + 1
    return Divided(made, "it has as many vessels as we take of one node")


def choose_ports(ports: Collection[int], rng: random.Random) -> list[int]:
    """The ports of the next unit: ten in a row, beginning at a ten, if there are such; none if there are too few.

    Which ten is left to chance. A node seldom has enough for all of its ports, and if the first always came first,
    those whose port is one of the last would never get anything.
    """
    rows = [row for first in sorted(ports) if not first % PORTS_OF_A_UNIT and (row := _row(first)) <= set(ports)]
    if rows:
        return sorted(rng.choice(rows))
    return sorted(rng.sample(sorted(ports), PORTS_OF_A_UNIT)) if len(ports) >= PORTS_OF_A_UNIT else []


def _row(first: int) -> set[int]:
    return set(range(first, first + PORTS_OF_A_UNIT))


async def _say(ask: Ask, vessel: str, words: str) -> None:
    await ask(api.CHANGE_OWNER_INFORMATION, api.ChangeOwnerInformation(vessel=vessel, owner_information=words))
