"""Programs' own announcements: values under keys, for a time. What a directory knows of them, without clock or network.

Whoever runs a program may announce anything under any key, and look up what anyone has: that is what they are for, and
why nothing here is to be believed. So a node is bounded, not judged: what it may hold, and for how long.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest
from typing import Annotated, Final

import msgspec
from msgspec import Meta

MAX_KEY: Final = 256  # characters
MAX_VALUE: Final = 1024  # characters
MAX_LIFETIME: Final = 3600.0  # seconds
MAX_AT_ONCE: Final = 100  # in one message of a node
MAX_ANSWER: Final = 100  # values in one answer
MAX_BY_NODE: Final = 2000
MAX_IN_ALL: Final = 500_000  # some 300 MB if all are as long as can be

Key = Annotated[str, Meta(min_length=1, max_length=MAX_KEY)]
Value = Annotated[str, Meta(max_length=MAX_VALUE)]
Lifetime = Annotated[float, Meta(gt=0, le=MAX_LIFETIME)]


class Announcement(msgspec.Struct, frozen=True, array_like=True):
    """One value."""

    key: Key
    value: Value
    lifetime: Lifetime  # seconds from now


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """What a node tells all directories."""

    announcements: Annotated[list[Announcement], Meta(max_length=MAX_AT_ONCE)]


class LookUpValues(msgspec.Struct, frozen=True, kw_only=True):
    """Ask a directory for the values of a key."""

    key: Key
    most: Annotated[int, Meta(ge=1, le=MAX_ANSWER)] = MAX_ANSWER


class FoundValues(msgspec.Struct, frozen=True, kw_only=True):
    """The values, without doubles, by turns from each node that has some, of each the oldest first."""

    values: Annotated[list[Value], Meta(max_length=MAX_ANSWER)] = []


class AnnouncementBook:
    """Values by key. All times are in seconds of one clock."""

    def __init__(self, *, max_by_node: int = MAX_BY_NODE, max_in_all: int = MAX_IN_ALL) -> None:
        self._max_by_node = max_by_node
        self._max_in_all = max_in_all
        self._values: dict[str, dict[str, dict[str, float]]] = {}  # key -> node -> value -> end
        self._by_node: dict[str, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def accept(self, node: str, announced: Sequence[Announcement], *, now: float) -> int:
        """Take what a node announces; how many there was no room for. The same again lives until the later end."""
        refused = 0
        for one in announced:
            known, ends = self._values.get(one.key, {}).get(node, {}), now + one.lifetime
            if one.value in known:
                known[one.value] = max(known[one.value], ends)
            elif self._by_node.get(node, 0) >= self._max_by_node or self._count >= self._max_in_all:
                refused += 1
            else:
                self._values.setdefault(one.key, {}).setdefault(node, {})[one.value] = ends
                self._by_node[node] = self._by_node.get(node, 0) + 1
                self._count += 1
        return refused

    def lookup(self, key: str, *, most: int, now: float) -> list[str]:
        """Live values of a key, without doubles, by turns from each node: none can fill an answer alone."""
        of_nodes = [values.items() for values in self._values.get(key, {}).values()]
        by_turns = chain.from_iterable(zip_longest(*of_nodes))
        live = (one[0] for one in by_turns if one is not None and one[1] > now)
        return list(islice(_unique(live), most))

    def expire(self, now: float) -> int:
        """Forget what has outlived its time; return how many."""
        gone = [
            (key, node, value)
            for key, nodes in self._values.items()
            for node, values in nodes.items()
            for value, ends in values.items()
            if ends <= now
        ]
        for key, node, value in gone:
            self._forget(key, node, value)
        return len(gone)

    def _forget(self, key: str, node: str, value: str) -> None:
        nodes = self._values[key]
        del nodes[node][value]
        if not nodes[node]:
            del nodes[node]
        if not nodes:
            del self._values[key]
        self._by_node[node] -= 1
        if not self._by_node[node]:
            del self._by_node[node]
        self._count -= 1


def _unique(values: Iterable[str]) -> Iterator[str]:
    """Each value once, where it comes first."""
    seen: set[str] = set()
    for value in values:
        if value not in seen:
            seen.add(value)
            yield value
