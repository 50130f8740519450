"""What commands can be aimed at: vessels, their numbers, and groups of them.

A vessel's long name is `NODE/VESSEL`; the node's id may be cut short when it is typed. `%1`, `%2` ... are the vessels
in the order in which they were found; a number is never given twice. `%all` is all of them. Any other word is a group.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from seattle.client import Place, Vessel
from seattle.shell.errors import NoSuchTarget, ShellError, Unfit

ALL = "%all"


@dataclass(frozen=True)
class Known:
    """A vessel that the shell knows: what its node told last, and with which identity it was found."""

    number: int
    vessel: Vessel
    identity: str

    @property
    def label(self) -> str:
        """`%1(NODE/VESSEL)`."""
        return f"%{self.number}({self.vessel})"


class Targets:
    """All vessels that are known, in the order in which they were found, and the groups."""

    def __init__(self) -> None:
        self._known: dict[Place, Known] = {}
        self._groups: dict[str, list[Place]] = {}
        self._last_number = 0

    @classmethod
    def restored(cls, known: Sequence[Known], groups: Mapping[str, Sequence[Place]], *, last_number: int) -> Self:
        """Targets as they were. Raises Unfit for a group's name that none can have."""
        targets = cls()
        targets._known = {one.vessel.place: one for one in known}
        targets._last_number = max([last_number, *(one.number for one in known)])
        for name, places in groups.items():
            targets.set_group(name, places)
        return targets

    @property
    def last_number(self) -> int:
        """The number that was given last; 0 if there was none."""
        return self._last_number

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Known]:
        return iter(self._known.values())

    @property
    def groups(self) -> dict[str, list[Known]]:
        """The named groups, with what is in them."""
        return {name: [self._known[place] for place in places] for name, places in self._groups.items()}

    def found(self, vessel: Vessel, identity: str) -> Known | None:
        """Learn of a vessel; None if it was known, of which it is remembered what is new."""
        before = self._known.get(vessel.place)
        if before is not None:
            self._known[vessel.place] = Known(before.number, vessel, before.identity)
            return None
        self._last_number += 1
        known = self._known[vessel.place] = Known(self._last_number, vessel, identity)
        return known

    def told(self, vessel: Vessel) -> None:
        """Remember what a node told of a vessel that may be known."""
        if vessel.place in self._known:
            self.found(vessel, "")

    def gone(self, place: Place) -> None:
        """Forget a vessel, in all groups. Its number is not given again."""
        self._known.pop(place, None)
        for places in self._groups.values():
            if place in places:
                places.remove(place)

    def resolve(self, name: str) -> list[Known]:
        """The vessels that a target's name means. Raises NoSuchTarget; Unfit for a name that means several vessels."""
        if name == ALL:
            return list(self)
        if name.startswith("%"):
            return [self._numbered(name)]
        if "/" in name:
            return [self._named(name)]
        if name not in self._groups:
            raise NoSuchTarget(name)
        return [self._known[place] for place in self._groups[name]]

    def has(self, name: str | None) -> bool:
        """Whether this means vessels, or a group that may be empty."""
        try:
            return name is not None and self.resolve(name) is not None
        except ShellError:
            return False

    def set_group(self, name: str, vessels: Iterable[Place]) -> None:
        """Make a group, or have it hold these vessels instead. Raises Unfit for a name that no group can have."""
        check_group_name(name)
        self._groups[name] = [place for place in dict.fromkeys(vessels) if place in self._known]

    def label(self, place: Place) -> str:
        """How a vessel is shown: with its number, if it is known."""
        known = self._known.get(place)
        return str(place) if known is None else known.label

    def names(self) -> list[str]:
        """What can be typed as a target."""
        return [ALL, *self._groups, *(f"%{one.number}" for one in self), *(str(one.vessel) for one in self)]

    def _numbered(self, name: str) -> Known:
        for one in self:
            if name == f"%{one.number}":
                return one
        raise NoSuchTarget(name)

    def _named(self, name: str) -> Known:
        fitting = [one for one in self if one.vessel.place.matches(name)]
        match fitting:
            case []:
                raise NoSuchTarget(name)
            case [one]:
                return one
            case _:
                raise Unfit(f"{name!r} may be {' or '.join(str(one.vessel) for one in fitting[:3])}", hint="type more")


def check_group_name(name: str) -> None:
    """Raise Unfit for a name that no group can have."""
    if not name or name.startswith("%") or "/" in name or any(letter.isspace() for letter in name):
        raise Unfit(
            f"{name!r} can't be the name of a group", hint="it must not begin with %, nor have blanks or slashes"
        )
