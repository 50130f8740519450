"""How runs ended, and what that makes of the whole."""

from collections.abc import Iterable
from enum import Enum
from typing import Final

from seattle.client.results import Failure
from seattle.client.wording import outcome_in_words
from seattle.fabric.node_api import RunOutcome

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
    return outcome_in_words(end)
