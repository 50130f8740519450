"""Dividing resources: one vessel into two, two into one, and a donation into its first vessels.

The law of conservation, which the tests hold every function here to: what comes out, plus one offcut for each
vessel more than went in, is exactly what went in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from seattle.resources.errors import BadPortionError, ProposalTooLargeError, TooSmallToSplitError
from seattle.resources.kinds import MOST_PORT, PORTS
from seattle.resources.vector import ResourceVector

# What one more vessel costs a node, whatever runs in it: lost by a split, regained by a join.
OFFCUT: Final = ResourceVector.of(
    cpu=0.002,
    memory=1_000_000,
    diskused=100_000,
    events=2,
    fileread=1_000,
    filewrite=1_000,
    filesopened=1,
    lograte=100,
)

FIRST_PORT: Final = 63100
PORTS_PER_UNIT: Final = 10
UNITS: Final = 10  # a donation is handed out in tenths


@dataclass(frozen=True, slots=True)
class Split:
    """The two vessels that a split makes. `rest + part + offcut` is the vessel that was split."""

    rest: ResourceVector
    part: ResourceVector  # exactly what was wanted


def split(whole: ResourceVector, wanted: ResourceVector, offcut: ResourceVector = OFFCUT) -> Split:
    """Divide one vessel into two.

    Raises TooSmallToSplitError if the whole doesn't even cover the offcut, and ProposalTooLargeError if what
    is wanted doesn't fit in what then remains. Both name the first resource that is short.
    """
    divisible = whole.minus(offcut, otherwise=TooSmallToSplitError)
    return Split(rest=divisible.minus(wanted, otherwise=ProposalTooLargeError), part=wanted)


def join(first: ResourceVector, second: ResourceVector, offcut: ResourceVector = OFFCUT) -> ResourceVector:
    """Make one vessel of two, which gives one offcut back.

    Raises OverlapError if they share a port: vessels of one node never do, so that would be a vessel joined
    with itself. Two vessels without ports may look alike; whether they are two, only their names can tell.
    """
    return first + second + offcut


def portion(
    total: ResourceVector,
    percents: Sequence[int],
    *,
    offcut: ResourceVector = OFFCUT,
    first_port: int = FIRST_PORT,
) -> tuple[ResourceVector, ...]:
    """Divide a donation into its first vessels.

    One offcut for each vessel is taken off; of the rest, each vessel gets its percentage, to within one step
    of each resource, and together they get all of it. Each tenth of the donation owns ten UDP and ten TCP
    ports, counted up from `first_port` in the order of `percents`.

    Args:
        total: what is donated. It has no ports: those are handed out here.
        percents: one number for each vessel: multiples of 10 that add up to 100.
        offcut: the fixed cost of one vessel.
        first_port: where the 100 ports begin. Nodes that share a machine need different ranges.

    Raises:
        BadPortionError: the percentages or the ports are not as described.
        TooSmallToSplitError: the donation doesn't cover the offcuts.
    """
    _check_portion(total, percents, first_port=first_port)
    rest = total
    for _ in percents:
        rest = rest.minus(offcut, otherwise=TooSmallToSplitError)
    vessels = []
    given = 0  # tenths
    for percent in percents:
        upto = given + percent * UNITS // 100
        # Every boundary is rounded by itself, not every share: so the shares add up to the rest, to the step.
        steps = tuple(whole * upto // UNITS - whole * given // UNITS for whole in rest.steps)
        ports = range(first_port + PORTS_PER_UNIT * given, first_port + PORTS_PER_UNIT * upto)
        vessels.append(ResourceVector(steps, frozenset(ports), frozenset(ports)))
        given = upto
    return tuple(vessels)


def _check_portion(total: ResourceVector, percents: Sequence[int], *, first_port: int) -> None:
    for percent in percents:
        if percent not in range(10, 101, 10):
            raise BadPortionError(f"a vessel can't have {percent} %: expected a multiple of 10 from 10 to 100")
    if sum(percents) != 100:
        raise BadPortionError(f"the vessels have {sum(percents)} % together: expected 100")
    last = MOST_PORT - UNITS * PORTS_PER_UNIT + 1
    if not 1 <= first_port <= last:
        raise BadPortionError(f"the ports can't begin at {first_port}: expected 1 to {last}")
    if any(total.ports(resource) for resource in PORTS):
        raise BadPortionError("a donation has no ports of its own: they are handed out when it is divided")
