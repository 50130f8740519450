"""Which of our vessels somebody wants to see, as words of a command line: `state=started`, `country=DE`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from seattle.cli.console import WrongUsage
from seattle.cli.vessel_table import Leases
from seattle.client import Lease, Vessel
from seattle.fabric.advert import NatKind
from seattle.fabric.node_api import VesselState

_Facts = Callable[[Vessel, Lease | None], Iterable[str]]

_NAMES: Final[Mapping[str, _Facts]] = {
    "state": lambda vessel, _: [vessel.state.value],
    "nat": lambda vessel, _: [vessel.nat],
    "address": lambda vessel, _: [*vessel.addresses, vessel.public_address],
    "country": lambda _, lease: [lease.country] if lease is not None else [],
    "owner": lambda vessel, _: [vessel.owner],
    "user": lambda vessel, _: vessel.users,
    "words": lambda vessel, _: [vessel.owner_information],
}
_POSSIBLE: Final[Mapping[str, tuple[str, ...]]] = {
    "state": tuple(state.value for state in VesselState),
    "nat": tuple(kind.value for kind in NatKind),
}
_CUT_SHORT: Final = frozenset({"address", "owner", "user"})
HELP: Final = (
    "state=started, nat=public, country=DE, words=TEXT, address=192.0.2, owner=UAB, user=UAB"
    " (the last three may be cut short)"
)


def matching(vessels: Iterable[Vessel], words: Iterable[str], leases: Leases) -> list[Vessel]:
    """Those for which every name has one of the values that are given for it. Raises WrongUsage."""
    wanted: dict[str, list[str]] = {}
    for word in words:
        name, is_one, value = word.partition("=")
        if name not in _NAMES or not is_one:
            raise WrongUsage(f"--where {word} can't be understood; there are {HELP}")
        _check(word, name, value)
        wanted.setdefault(name, []).append(value)
    return [vessel for vessel in vessels if all(_fits(vessel, leases, *one) for one in wanted.items())]


def _check(word: str, name: str, value: str) -> None:
    """Refuse a value that no vessel can have: a list without a vessel would be taken for an answer."""
    if (possible := _POSSIBLE.get(name)) is not None and value.lower() not in possible:
        raise WrongUsage(f"--where {word}: there is no such {name}; there are {', '.join(possible)}")
    if name == "country" and not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise WrongUsage(f"--where {word}: a country is two letters, such as country=DE")


def _fits(vessel: Vessel, leases: Leases, name: str, values: list[str]) -> bool:
    facts = [fact.lower() for fact in _NAMES[name](vessel, leases.get(vessel.place))]
    if name in _CUT_SHORT:
        return any(fact.startswith(value.lower()) for fact in facts for value in values)
    return any(fact == value.lower() for fact in facts for value in values)
