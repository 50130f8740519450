"""Single amounts as people write them on a command line, in place of those that a vector has.

`cpu=0.1`, `memory=64M`, `netsend=1.5Mi`, `connport=63100-63109,63200`, `messport=` (none).
"""

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from seattle.resources.errors import BadAmountError, ResourceMathError, shorten
from seattle.resources.kinds import MOST_PORT, Kind, Resource
from seattle.resources.vector import ResourceVector, find

UNITS: Final = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}

_NOTHING: Final = ResourceVector.of(cpu=0, memory=0, diskused=0)
_AMOUNT = re.compile(r"([0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(|k|M|G|Ki|Mi|Gi)")
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


def override(vector: ResourceVector, assignments: Iterable[str]) -> ResourceVector:
    """The vector with these amounts, each a `NAME=VALUE`, instead of its own.

    Raises ResourceMathError for what is no assignment, no resource, or no amount of it.
    """
    changes: dict[str, object] = {}
    for assignment in assignments:
        name, is_one, value = assignment.partition("=")
        if not is_one:
            raise ResourceMathError(f"{shorten(assignment)} sets nothing: expected NAME=VALUE, such as memory=64M")
        resource = find(name)
        if resource.value in changes:
            raise ResourceMathError(f"{resource.value} is set twice: expected it once")
        changes[resource.value] = _ports(resource, value) if resource.kind is Kind.PORTS else _amount(resource, value)
    return ResourceVector.from_mapping({**vector.to_mapping(), **changes}) if changes else vector


def read_amounts(assignments: Iterable[str]) -> dict[str, float | list[int]]:
    """These amounts alone, each a `NAME=VALUE`, by resource name, as vectors have them. Raises ResourceMathError."""
    given = list(assignments)
    amounts = override(_NOTHING, given).to_mapping()
    return {name: amounts[name] for name in (assignment.partition("=")[0] for assignment in given)}


def _amount(resource: Resource, value: str) -> float:
    match = _AMOUNT.fullmatch(value)
    if match is None:
        raise BadAmountError(resource, value, expected="a number, with k, M, G, Ki, Mi or Gi behind it if you like")
    amount = Fraction(match[1]) * UNITS[match[2]]
    return amount.numerator if amount.denominator == 1 else float(amount)


def _ports(resource: Resource, value: str) -> list[int]:
    ports: list[int] = []
    for piece in value.split(",") if value else ():
        match = _PORTS.fullmatch(piece)
        if match is None or not int(match[1]) <= int(match[2] or match[1]) <= MOST_PORT:
            raise BadAmountError(resource, value, expected="ports, such as 63100-63109,63200, or nothing for none")
        ports.extend(range(int(match[1]), int(match[2] or match[1]) + 1))
    return sorted(set(ports))
