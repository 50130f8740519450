"""The restrictions file: a vessel's resources as text, one a line.

    resource cpu 0.02           # of a core; comments and blank lines may stand anywhere
    resource memory 67108864
    resource diskused 100000000
    resource messport 63100     # once for each port
    call gethostbyname allow    # of the older V1 format: no effect, but kept

Numbers are plain decimals: no sign, exponent, `inf` or `nan`. Writing a value and reading it gives it back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from seattle.resources.errors import BadAmountError, NotAssignedError, ResourceMathError, ResourceParseError, shorten
from seattle.resources.kinds import MUST_ASSIGN, NUMBERS, PORTS, Kind, Resource
from seattle.resources.vector import ResourceVector, find, to_ports, to_steps

DECIMAL = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
WHOLE = re.compile(r"[0-9]+")
LINE_END = re.compile(r"\r\n|\n|\r")  # not str.splitlines, which also breaks at form feeds and the like
MOST_DIGITS = 60  # far more than any amount needs, and few enough to convert in no time
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What a restrictions file says.

    Raises ValueError for a call line that could not stand in a file.
    """

    vector: ResourceVector
    call_lines: tuple[str, ...] = ()  # verbatim, without line ends

    def __post_init__(self) -> None:
        for line in self.call_lines:
            if LINE_END.search(line) or _words(line)[:1] != ["call"]:
                raise ValueError(f"not a call line: {shorten(line)}")


def parse_restrictions(text: str, source: str = "restrictions") -> Restrictions:
    """Read a restrictions file. What it doesn't mention, the vessel doesn't have.

    Args:
        text: the contents; lines end in a line feed, with or without a carriage return.
        source: what to call it in errors, its file name for instance.

    Raises:
        ResourceParseError: a line is not as it should be; the error tells which, and what was expected.
        NotAssignedError: cpu, memory or diskused is missing (a ResourceMathError).
    """
    steps = [0] * len(NUMBERS)
    ports: dict[Resource, set[int]] = {resource: set() for resource in PORTS}
    set_on: dict[Resource, int] = {}  # the line of each
    call_lines = []
    for number, line in enumerate(LINE_END.split(text.removeprefix(BYTE_ORDER_MARK)), start=1):
        words = _words(line)
        if not words:
            continue
        if words[0] == "call":
            call_lines.append(line)
            continue
        try:
            resource, amount = _read_resource(words, set_on)
            if resource.kind is Kind.PORTS:
                ports[resource].add(amount)
            else:
                steps[resource.index] = amount
        except (_BadLineError, ResourceMathError) as bad:
            raise ResourceParseError(str(bad), source=source, line=number) from bad
        set_on[resource] = number
    missing = tuple(resource for resource in MUST_ASSIGN if resource not in set_on)
    if missing:
        raise NotAssignedError(missing, where=source)
    messports, connports = (frozenset(ports[resource]) for resource in PORTS)
    return Restrictions(ResourceVector(tuple(steps), messports, connports), tuple(call_lines))


def format_restrictions(restrictions: Restrictions) -> str:
    """Write a restrictions file that `parse_restrictions` reads back as exactly the same value."""
    vector = restrictions.vector
    lines = [f"resource {resource.value} {vector.text(resource)}" for resource in NUMBERS]
    for resource in PORTS:
        lines += [f"resource {resource.value} {port}" for port in sorted(vector.ports(resource))]
    if restrictions.call_lines:
        lines += ["", *restrictions.call_lines]
    return "\n".join(lines) + "\n"


class _BadLineError(Exception):
    """A line has the wrong shape; parse_restrictions adds where."""


def _words(line: str) -> list[str]:
    """What stands on a line, without its comment."""
    return line.partition("#")[0].split()


def _read_resource(words: list[str], set_on: Mapping[Resource, int]) -> tuple[Resource, int]:
    """The resource, and its amount in steps or its port number."""
    if words[0] != "resource":
        raise _BadLineError(f"{shorten(words[0])} begins no line: expected `resource NAME VALUE` or `call ...`")
    if len(words) != 3:
        raise _BadLineError(f"expected the three words `resource NAME VALUE`, found {len(words)}")
    resource, value = find(words[1]), words[2]
    if resource in set_on and resource.kind is not Kind.PORTS:
        raise _BadLineError(f"{resource.value} is set on line {set_on[resource]} already: expected it once")
    if resource.kind is Kind.RENEWABLE:
        pattern, expected = DECIMAL, "a plain decimal number, such as 0.25"
    else:
        pattern, expected = WHOLE, "a plain whole number, such as 10"
    if len(value) > MOST_DIGITS or not pattern.fullmatch(value):
        raise BadAmountError(resource, value, expected=expected)
    if resource.kind is Kind.PORTS:
        (port,) = to_ports(resource, [int(value)])
        return resource, port
    return resource, to_steps(resource, float(value) if resource.kind is Kind.RENEWABLE else int(value))
