"""A number of vessels, in order: what the groups of both faces have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Self, overload

from seattle.client.errors import NoSuchVessel
from seattle.client.expected import expect_each
from seattle.client.html import table
from seattle.client.places import any_matches
from seattle.client.results import Failure
from seattle.client.vessel import Vessel

_WHICH: Final = "`seattle vessels` lists those you may use, and `seattle groups list` groups with a name"


class Group(Sequence[Vessel], ABC):
    """Vessels that are asked together. A slice of a group is a group."""

    def __init__(self, vessels: Sequence[Vessel], unreachable: Sequence[Failure] = ()) -> None:
        self._vessels = tuple(expect_each(vessels, Vessel, "vessels are given as a list of Vessel"))
        self._unreachable = tuple(unreachable)

    @property
    def unreachable(self) -> tuple[Failure, ...]:
        """Nodes that should hold vessels of ours, and did not tell."""
        return self._unreachable

    @abstractmethod
    def of(self, vessels: Sequence[Vessel]) -> Self:
        """A group of these vessels, asked in the same way."""

    def filter(self, wanted: Callable[[Vessel], bool]) -> Self:
        """The vessels for which `wanted` is true."""
        return self.of([vessel for vessel in self._vessels if wanted(vessel)])

    def union(self, *others: "Group") -> Self:
        """These vessels and those of other groups, each once."""
        groups: list[Sequence[Vessel]] = [self]
        groups += [expect_each(other, Vessel, "a union is with other groups") for other in others]
        return self.of(list({vessel.place: vessel for group in groups for vessel in group}.values()))

    def on(self, *patterns: str) -> Self:
        """The vessels that patterns `NODE/VESSEL` or `NODE` mean; a node may be cut short, `*` and `?` work.

        Raises NoSuchVessel if a pattern means none.
        """
        for pattern in expect_each(patterns, str, "vessels are meant by texts, such as on('UAB', 'UCD/v1')"):
            if not any(vessel.place.matches(pattern) for vessel in self._vessels):
                raise NoSuchVessel(f"no vessel fits {pattern!r}", hint=_WHICH)
        return self.filter(lambda vessel: any_matches(vessel.place, patterns))

    def __len__(self) -> int:
        return len(self._vessels)

    def __iter__(self) -> Iterator[Vessel]:
        return iter(self._vessels)

    @overload
    def __getitem__(self, index: int) -> Vessel: ...

    @overload
    def __getitem__(self, index: slice) -> Self: ...

    def __getitem__(self, index: int | slice) -> Vessel | Self:
        return self.of(self._vessels[index]) if isinstance(index, slice) else self._vessels[index]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)}: {', '.join(map(str, self._vessels[:5]))}>"

    def _repr_html_(self) -> str:
        rows = [
            (one, one.state.value, one.outcome, ", ".join(one.addresses), one.owner_information or one.holding_back)
            for one in self
        ]
        silent = f", {len(self._unreachable)} could not be asked" if self._unreachable else ""
        head = ("vessel", "state", "outcome", "addresses", "words")
        return table(f"{len(self)} vessels{silent}", head, rows, of=len(self))
