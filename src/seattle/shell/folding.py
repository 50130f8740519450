"""Outputs of many vessels: those that are the same are shown once."""

from collections.abc import Iterable, Sequence
from typing import Final

from seattle.client import Place, Success

_NAMED: Final = 8  # vessels in a heading; of more it says how many


def folded(outputs: Iterable[Success[str]], *, fold: bool) -> list[tuple[list[Place], str]]:
    """Each output with the vessels that gave it, in the order of the first of each; not folded, one vessel for each."""
    if not fold:
        return [([one.vessel], one.value) for one in outputs]
    vessels: dict[str, list[Place]] = {}
    for one in outputs:
        vessels.setdefault(one.value, []).append(one.vessel)
    return [(places, output) for output, places in vessels.items()]


def heading(labels: Sequence[str], *, what: str = "vessels") -> str:
    """`'a'`; or `'a', 'b', and 'c' (3 vessels, the same)`."""
    if len(labels) == 1:
        return f"'{labels[0]}'"
    named = [f"'{label}'" for label in labels[:_NAMED]]
    more = len(labels) - len(named)
    return f"{listed([*named, f'{more} others'] if more else named)} ({len(labels)} {what}, the same)"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, and c`."""
    match words:
        case [*most, one, last] if most:
            return f"{', '.join([*most, one])}, and {last}"
        case _:
            return " and ".join(words)
