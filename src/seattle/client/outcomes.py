"""How runs ended, and what that makes of the whole."""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Final

from seattle.client.places import short
from seattle.client.results import Failure
from seattle.fabric.node_api import RunOutcome

_ID: Final = re.compile(r"\bU[A-Z2-7]{55}\b")  # of a key or a node: nobody reads 56 letters

EXITED: Final = "exited"  # the kind of outcome of a program that came to its end


class Verdict(Enum):
    """Of many: did it go well on all, on none or on a part of them?"""

    ALL = "all"
    PART = "part"
    NONE = "none"

    @classmethod
    def of(cls, went_well: Iterable[bool]) -> "Verdict":
        """What so many good and bad ends make together; nothing at all has not gone well."""
        ends = list(went_well)
        if ends and all(ends):
            return cls.ALL
        return cls.PART if any(ends) else cls.NONE


def went_well(end: RunOutcome | Failure) -> bool:
    """Whether a program came to its end and said that all is well."""
    return isinstance(end, RunOutcome) and end.kind == EXITED and not end.exit_code and end.detail in ("", "0")


def in_words(end: RunOutcome | Failure) -> str:
    """A few words for people: `exited(0)`, `killed(memory)`, `the node is offline`."""
    if isinstance(end, Failure):
        return end.message
    last_line = (end.resource or end.detail).strip().rpartition("\n")[2]
    last_line = _ID.sub(lambda key: short(key[0]), last_line)
    return f"{end.kind}({last_line})" if last_line else end.kind
