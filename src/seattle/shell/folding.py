"""Outputs of many vessels: those that are the same are shown once."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from seattle.client import Place, Success

_NAMED: Final = 8  # vessels in a heading; of the others, if there are several, it says how many

# As `show log` and `cat` begin the output of other vessels.
_LIKE_A_HEADING: Final = re.compile(r"^(?=(?:> )*(?:Log from|File) ')", re.MULTILINE)


def folded(outputs: Iterable[Success[str]], *, fold: bool, what: str = "vessels") -> list[tuple[str, str]]:
    """Each output after a heading that names who gave it, in the order of the first of each.

    Those that are the same are one, unless `fold` is false. `what`: the outputs are of these.
    """
    if not fold:
        return [(_heading([one.vessel], what), one.value) for one in outputs]
    places: dict[str, list[Place]] = {}
    for one in outputs:
        places.setdefault(one.value, []).append(one.vessel)
    return [(_heading(those, what), output) for output, those in places.items()]


def told_apart(text: str) -> str:
    """What a vessel gave, in which no line is a heading of ours: one that begins so has `> ` before it, as in mail."""
    return _LIKE_A_HEADING.sub("> ", text)


def _heading(places: Sequence[Place], what: str) -> str:
    """`'a'`; or `'a', 'b', and 'c' (3 vessels, the same)`."""
    names = [f"'{place}'" for place in places]
    if len(names) == 1:
        return names[0]
    if len(names) > _NAMED + 1:
        names[_NAMED:] = [f"{len(names) - _NAMED} others"]
    return f"{listed(names)} ({len(places)} {what}, the same)"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, and c`."""
    match words:
        case [*most, one, last] if most:
            return f"{', '.join([*most, one])}, and {last}"
        case _:
            return " and ".join(words)
