"""The map of the network: countries in colours that tell how many nodes there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from seattle.clearinghouse.fleet.overview import InCountry
from seattle.clearinghouse.site.countries import country_name
from seattle.clearinghouse.site.drawing.world import path_of, world

LEVELS: Final = 4  # of colour


@dataclass(frozen=True)
class Land:
    """A country where something is."""

    name: str
    level: int  # of its colour, 1 to LEVELS
    path: str
    nodes: int
    vessels: int


@dataclass(frozen=True)
class Map:
    """All that the template needs."""

    columns: int
    rows: int
    lands: list[Land]
    rest: str  # the path of where nothing is
    levels: list[tuple[int, str]]  # that are in use, and for which numbers of nodes


def map_of(countries: Sequence[InCountry]) -> Map:
    """Draw what there is. Countries that the map doesn't have are left out; the table has them."""
    here = {one.country: one for one in countries if one.nodes}
    most = max((one.nodes for one in here.values()), default=0)
    drawn = world()
    lands = [
        Land(
            name=country_name(code),
            level=level(here[code].nodes, most),
            path=path_of(dots),
            nodes=here[code].nodes,
            vessels=here[code].free + here[code].leased,
        )
        for code, dots in drawn.dots.items()
        if code in here
    ]
    rest = "".join(path_of(dots) for code, dots in drawn.dots.items() if code not in here)
    return Map(columns=drawn.columns, rows=drawn.rows, lands=lands, rest=rest, levels=_legend(most))


def level(nodes: int, most: int) -> int:
    """The colour of a country with so many nodes, 1 to LEVELS, if the largest has `most`: it goes by powers of two."""
    return -(-nodes.bit_length() * LEVELS // most.bit_length())


def _legend(most: int) -> list[tuple[int, str]]:
    ends: dict[int, list[int]] = {}
    for bits in range(most.bit_length()):
        lower, upper = 1 << bits, min(most, (2 << bits) - 1)
        ends.setdefault(level(lower, most), []).extend((lower, upper))
    return [
        (number, f"{min(found)} to {max(found)}" if min(found) < max(found) else str(min(found)))
        for number, found in ends.items()
    ]
