"""The owner's words on vessels that are ours: what each is, so that it is known again when our rows are lost.

    don_...                              a donation, as its donor set it up; not taken over yet
    don_... rest                         taken over; what is left of it once units were split off
    don_... rest, about to split 63120   the same, before a split: the part is to have this port
    unit                                 one that is handed out; its holder can read this, so it names nobody

A split gives both parts the words of what was split. With the port in them it can be told, after a crash at any point,
which of the two is the unit.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from seattle.clearinghouse.fleet.models import TOKEN_PREFIX

UNIT: Final = "unit"
_GIVEN = re.compile(rf"^({re.escape(TOKEN_PREFIX)}[A-Za-z0-9_-]{{1,60}})( rest(?:, about to split ([0-9]{{1,5}}))?)?\Z")


class Mark(Enum):
    """What a vessel is."""

    GIVEN = "given"
    REST = "rest"
    UNIT = "unit"
    NONE = "none"  # ours, and we don't know what it is


@dataclass(frozen=True)
class Marked:
    """What the words say."""

    mark: Mark
    token: str = ""
    splitting: int | None = None  # the port that the part is to have


def read_mark(words: str) -> Marked:
    """What these words say."""
    if words == UNIT:
        return Marked(Mark.UNIT)
    found = _GIVEN.match(words.strip())
    if found is None:
        return Marked(Mark.NONE)
    token, rest, port = found.groups()
    return Marked(Mark.REST if rest else Mark.GIVEN, token, int(port) if port else None)


def rest_mark(token: str, *, splitting: int | None = None) -> str:
    """The words for what is left."""
    return f"{token} rest" if splitting is None else f"{token} rest, about to split {splitting}"
