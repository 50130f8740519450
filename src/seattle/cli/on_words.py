"""Where a program is to run, as words of a command line: `wan:5` are vessels to be got, all others are ours already."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from seattle.cli.console import WrongUsage

MOST: Final = 1000  # vessels in one order

_ORDER: Final = re.compile(r"(?P<kind>[a-z]+):(?P<count>.*)\Z")


class Kind(StrEnum):
    """Which vessels a site hands out."""

    RANDOM = "random"
    WAN = "wan"
    LAN = "lan"
    NAT = "nat"


@dataclass(frozen=True)
class Wanted:
    """Vessels to be got from a site."""

    kind: Kind
    count: int


@dataclass(frozen=True)
class On:
    """What all the words together mean."""

    names: tuple[str, ...]  # of vessels and groups that are ours
    orders: tuple[Wanted, ...]


def read_on(words: Sequence[str]) -> On:
    """Tell orders from names. Raises WrongUsage for an order that nobody can meet."""
    orders = {word: match for word in words if (match := _ORDER.match(word))}
    return On(
        names=tuple(word for word in words if word not in orders),
        orders=tuple(_order(word, orders[word]) for word in words if word in orders),
    )


def refuse_orders(words: Sequence[str]) -> None:
    """For commands that get no vessels. Raises WrongUsage for a word that asks for some."""
    for one in read_on(words).orders:
        raise WrongUsage(
            f"--on {one.kind}:{one.count} gets vessels, which only `seattle run` does:"
            f" `seattle get {one.count} --kind {one.kind}` gets them for other commands"
        )


def _order(word: str, match: re.Match[str]) -> Wanted:
    try:
        kind = Kind(match["kind"])
    except ValueError as why:
        raise WrongUsage(f"--on {word}: there are no such vessels; there are {', '.join(Kind)}") from why
    count = match["count"]
    if not count.isdecimal() or len(count) > len(str(MOST)) or not 1 <= int(count) <= MOST:
        raise WrongUsage(f"--on {word}: so many vessels can't be had at once; ask for 1 to {MOST}, as in {kind}:3")
    return Wanted(kind, int(count))
