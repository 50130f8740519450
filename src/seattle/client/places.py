"""Names of vessels: the node they are on and their name there; and patterns that people write for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

SHORT: Final = 9  # characters of a node's id that people see: 40 bits, enough to tell apart what they use


@dataclass(frozen=True, order=True)
class Place:
    """A vessel's name in the world. Without a vessel it means the node as a whole."""

    node: str  # the node's id, 56 characters
    vessel: str = ""

    def __str__(self) -> str:
        return f"{short(self.node)}/{self.vessel}" if self.vessel else short(self.node)

    def matches(self, pattern: str) -> bool:
        """Whether a pattern `NODE/VESSEL` or `NODE` means this place.

        Both parts may have `*`, `?` and `[...]`; a node may be cut short; a part left empty means any.
        """
        node, _, vessel = pattern.partition("/")
        return fnmatchcase(self.node, f"{node}*") and fnmatchcase(self.vessel, vessel or "*")


def short(node: str) -> str:
    """The beginning of a node's id, for people."""
    return node[:SHORT]


def any_matches(place: Place, patterns: Iterable[str]) -> bool:
    """Whether at least one pattern means this place."""
    return any(place.matches(pattern) for pattern in patterns)
