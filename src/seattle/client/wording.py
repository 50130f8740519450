"""What is said to people of values."""

import re
from typing import Final

from seattle.client.places import short
from seattle.fabric.node_api import RunOutcome

_ID: Final = re.compile(r"\bU[A-Z2-7]{55}\b")  # of a key or a node: nobody reads 56 letters


def outcome_in_words(end: RunOutcome) -> str:
    """A few words: `exited(0)`, `killed(memory)`."""
    last_line = (end.resource or end.detail).strip().rpartition("\n")[2]
    return f"{end.kind}({with_short_ids(last_line)})" if last_line else end.kind


def with_short_ids(text: str) -> str:
    """The text with the beginnings of ids in place of ids."""
    return _ID.sub(lambda key: short(key[0]), text)
