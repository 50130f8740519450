"""What a node's answer means: our rows and its list of vessels in, steps out. Pure, so that asking twice is the same.

A node says what it likes. It can lie about its own vessels, and lose them for it; no list makes us touch another node.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.fleet.situation import NodeNow, UnitNow
from seattle.clearinghouse.worker.marks import Mark, Marked, read_mark
from seattle.fabric.node_api import VesselState, VesselSummary

MOST_VESSELS: Final = 256  # that one node may list; honest ones have half of that at most
MOST_PORTS: Final = 64  # of one unit


@dataclass(frozen=True)
class Lose:
    """A vessel is not there any more."""

    unit: UnitNow
    why: str


@dataclass(frozen=True)
class Soil:
    """A free vessel has to be cleaned once more."""

    unit: UnitNow
    why: str


@dataclass(frozen=True)
class Unsync:
    """A held vessel has other keys than its holder's."""

    unit: UnitNow


@dataclass(frozen=True)
class Adopt:
    """A unit of ours is there of which we have no row. `mark`: it does not say so itself yet."""

    name: str
    ports: tuple[int, ...]
    mark: bool = False


@dataclass(frozen=True)
class MarkUnit:
    """A unit does not say that it is one."""

    name: str


@dataclass(frozen=True)
class TakeOver:
    """A donation is there, and is to be ours. `running`: something runs in it."""

    name: str
    token: str
    running: bool = False


@dataclass(frozen=True)
class Divide:
    """Units are to be made of what is left."""

    name: str
    token: str
    ports: tuple[int, ...]


@dataclass(frozen=True)
class Empty:
    """Nothing of it is ours any more."""

    why: str


@dataclass(frozen=True)
class Wait:
    """It can't be used as it is."""

    why: str


@dataclass(frozen=True)
class Note:
    """Somebody may want to know."""

    why: str


@dataclass(frozen=True)
class Break:
    """It is so different from what we know that a person has to look."""

    why: str


Step = Lose | Soil | Unsync | Adopt | MarkUnit | TakeOver | Divide | Empty | Wait | Note | Break


def survey(now: NodeNow, listed: Sequence[VesselSummary], own: str) -> list[Step]:
    """Steps from what is there to what should be. `own`: the id of the worker's key."""
    if why := _nonsense(listed):
        return [Break(why)]
    ours = {vessel.name: vessel for vessel in listed if vessel.owner == own}
    others = {vessel.name for vessel in listed if vessel.owner != own}
    steps: list[Step] = list(_about_units(now, ours, others))
    if any(isinstance(step, Break) for step in steps) or now.state in (Node.State.BROKEN, Node.State.RETIRED):
        return [step for step in steps if not isinstance(step, MarkUnit)]
    rows = {unit.name for unit in now.units if unit.state != Vessel.State.LOST}
    unknown = [vessel for vessel in ours.values() if vessel.name not in rows]
    return steps + list(_about_the_rest(now, unknown, anything=bool(ours)))


def unit_ports(vessel: VesselSummary) -> tuple[int, ...]:
    """The ports, TCP and UDP alike, that a vessel has."""
    both = set(vessel.tcp_ports) & set(vessel.udp_ports)
    return tuple(sorted(port for port in both if 1 <= port <= 65535))


def is_name(text: str) -> bool:
    """Whether nodes call vessels so. Holders read it on pages and in mails, and it goes into a database."""
    return text.isascii() and text.isalnum()


def _nonsense(listed: Sequence[VesselSummary]) -> str:
    """What no honest node says, in words."""
    if len(listed) > MOST_VESSELS:
        return f"it lists {len(listed)} vessels: {MOST_VESSELS} at most can be"
    if not all(is_name(vessel.name) for vessel in listed):
        return "it lists a vessel with a name that can't be"
    name, count = Counter(vessel.name for vessel in listed).most_common(1)[0] if listed else ("", 0)
    return f"it lists the vessel {name} {count} times" if count > 1 else ""


def _about_units(now: NodeNow, ours: dict[str, VesselSummary], others: set[str]) -> Iterator[Step]:
    for unit in now.units:
        if unit.state == Vessel.State.LOST:
            continue
        vessel = ours.get(unit.name)
        if vessel is None and unit.name in others:
            yield Lose(unit, "its node gave it to another owner")
            yield Break(f"it gave the vessel {unit.name}, which is ours, to another owner")
        elif vessel is None:
            yield Lose(unit, "it is not on its node any more")
        elif unit_ports(vessel) != unit.ports:
            yield Break(f"the vessel {unit.name} has other ports than it had")
        else:
            yield from _about_unit(unit, vessel)


def _about_unit(unit: UnitNow, vessel: VesselSummary) -> Iterator[Step]:
    if read_mark(vessel.owner_information).mark is not Mark.UNIT:
        yield MarkUnit(unit.name)
    if unit.state == Vessel.State.FREE and vessel.users:
        yield Soil(unit, "somebody could use it while it was free")
    elif unit.state == Vessel.State.FREE and vessel.state is VesselState.STARTED:
        yield Soil(unit, "something ran in it while it was free")
    elif unit.state == Vessel.State.LEASED and unit.synced and set(vessel.users) != set(unit.users):
        yield Unsync(unit)


def _about_the_rest(now: NodeNow, unknown: Sequence[VesselSummary], *, anything: bool) -> Iterator[Step]:
    marked = [(vessel, read_mark(vessel.owner_information)) for vessel in unknown]
    rests = [(vessel, mark) for vessel, mark in marked if mark.mark is Mark.REST]
    parts = [vessel for vessel, mark in rests if _is_the_part(vessel, mark, rests)]
    rests = [(vessel, mark) for vessel, mark in rests if vessel not in parts]
    given = sorted(
        ((vessel, mark) for vessel, mark in marked if mark.mark is Mark.GIVEN),
        key=lambda one: (one[1].token != now.token, one[0].name),
    )
    for vessel, mark in marked:
        if vessel in parts or mark.mark is Mark.UNIT:
            yield _adoption(vessel, mark=vessel in parts)
    if len(rests) > 1:
        yield Break(f"it has {len(rests)} vessels that are said to be what is left of one")
        return
    if rests:
        yield from _go_on(now, *rests[0])
    elif given:
        (vessel, mark), *given = given
        yield TakeOver(vessel.name, mark.token, running=vessel.state is VesselState.STARTED)
    elif not anything and now.state != Node.State.NEW:
        yield Empty("nothing on it is ours any more: set it up as a donation anew")
    elif now.state in (Node.State.NEW, Node.State.DIVIDING):
        yield Wait("no vessel on it says whose donation it is: set it up with `seattle node init --donate-to`")
    for vessel, _ in given:
        yield Note(f"its vessel {vessel.name} is a second donation, which is left alone: a node has one donor")


def _go_on(now: NodeNow, vessel: VesselSummary, mark: Marked) -> Iterator[Step]:
    """With what is left of a donation that was taken over."""
    if now.state == Node.State.NEW or not now.donated:
        yield TakeOver(vessel.name, mark.token, running=vessel.state is VesselState.STARTED)
    elif now.state == Node.State.DIVIDING:
        yield Divide(vessel.name, mark.token, unit_ports(vessel))


def _is_the_part(vessel: VesselSummary, mark: Marked, rests: Sequence[tuple[VesselSummary, Marked]]) -> bool:
    """Whether it was split off when a worker died, before it could say what it is."""
    twins = [one for one, other in rests if one is not vessel and other.splitting == mark.splitting]
    has_it = mark.splitting is not None and mark.splitting in vessel.tcp_ports
    return has_it and any(mark.splitting not in twin.tcp_ports for twin in twins)


def _adoption(vessel: VesselSummary, *, mark: bool) -> Adopt:
    return Adopt(vessel.name, unit_ports(vessel)[:MOST_PORTS], mark=mark)
