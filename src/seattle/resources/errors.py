"""The error family of this package.

    ResourceError
    ├── ResourceParseError        a restrictions file is not well-formed; names source and line
    ├── ResourceMathError         amounts that can't be, or can't be combined
    │   ├── BadAmountError          negative, not a number, too large, not whole, not a port ...
    │   ├── UnknownResourceError    no resource has this name
    │   ├── NotAssignedError        cpu, memory or diskused is missing
    │   ├── UnderflowError          more is taken than there is
    │   │   ├── TooSmallToSplitError   the whole doesn't cover the cost of one more vessel
    │   │   └── ProposalTooLargeError  the wanted part doesn't fit in the whole
    │   ├── OverlapError            a port would belong to two vessels
    │   └── BadPortionError         a donation can't be divided like that
    └── ResourceLimitError        a running program met its limit
        ├── ResourceForbiddenError  it has none of this resource, or not this port
        └── ResourceExhaustedError  it holds all that it may hold

Each class has a stable `code` for programs; the texts are for people and may change any day.
"""

from typing import ClassVar

from seattle.resources.kinds import Resource
from seattle.resources.ports import port_runs


class ResourceError(Exception):
    """Anything this package refuses."""

    code: ClassVar[str] = "resource-error"


class ResourceParseError(ResourceError):
    """A restrictions file is not well-formed.

    Args:
        problem: what is wrong and what was expected.
        source: what was read, a file name for instance.
        line: the line's number, from 1.
    """

    code = "bad-restrictions"

    def __init__(self, problem: str, *, source: str, line: int) -> None:
        super().__init__(f"{source}:{line}: {problem}")
        self.problem = problem
        self.source = source
        self.line = line


class ResourceMathError(ResourceError):
    """Amounts that can't be, or can't be combined."""

    code = "resource-math"


class BadAmountError(ResourceMathError):
    """A value is no amount of this resource."""

    code = "bad-amount"

    def __init__(self, resource: Resource, amount: object, *, expected: str) -> None:
        super().__init__(f"{resource.value} can't be {shorten(amount)}: expected {expected}")
        self.resource = resource
        self.amount = amount
        self.expected = expected


class UnknownResourceError(ResourceMathError):
    """No resource has this name."""

    code = "unknown-resource"

    def __init__(self, name: object) -> None:
        known = ", ".join(resource.value for resource in Resource)
        super().__init__(f"there is no resource {shorten(name)}: expected one of {known}")
        self.name = name


class NotAssignedError(ResourceMathError):
    """A resource that every vessel must name is missing."""

    code = "not-assigned"

    def __init__(self, missing: tuple[Resource, ...], *, where: str) -> None:
        names = " and ".join(resource.value for resource in missing)
        super().__init__(f"{where} must assign {names}: cpu, memory and diskused have no default")
        self.missing = missing


class UnderflowError(ResourceMathError):
    """More is taken than there is. `wanted` and `available` are in the resource's unit, or are ports."""

    code = "underflow"
    cannot: ClassVar[str] = "cannot take"

    def __init__(
        self,
        resource: Resource,
        *,
        wanted: float | frozenset[int],
        available: float | frozenset[int],
    ) -> None:
        if isinstance(wanted, frozenset):
            have = available if isinstance(available, frozenset) else frozenset()
            text = f"{self.cannot} {resource.value} {port_list(wanted - have)}: not among the ports there are"
        else:
            text = f"{self.cannot} {wanted} {resource.unit} of {resource.value}: only {available} available"
        super().__init__(text)
        self.resource = resource
        self.wanted = wanted
        self.available = available


class TooSmallToSplitError(UnderflowError):
    """The whole doesn't cover the fixed cost of one more vessel."""

    code = "too-small-to-split"
    cannot = "too small to be split: one more vessel costs"


class ProposalTooLargeError(UnderflowError):
    """What is wanted doesn't fit in what the split leaves."""

    code = "proposal-too-large"
    cannot = "the proposed vessel is too large: cannot take"


class BadPortionError(ResourceMathError):
    """A donation can't be divided like that: percentages that don't add up, ports out of range."""

    code = "bad-portion"


class OverlapError(ResourceMathError):
    """A port would belong to two vessels, or twice to one."""

    code = "ports-overlap"

    def __init__(self, resource: Resource, ports: frozenset[int]) -> None:
        super().__init__(
            f"both sides have {resource.value} {port_list(ports)}: a port belongs to one vessel, "
            "so vessels that share one (a vessel and itself, for instance) can't be joined"
        )
        self.resource = resource
        self.ports = ports


class ResourceLimitError(ResourceError):
    """A running program met its limit."""

    code = "resource-limit"

    def __init__(self, resource: Resource, text: str) -> None:
        super().__init__(text)
        self.resource = resource


class ResourceForbiddenError(ResourceLimitError):
    """The vessel has none of this resource, or not this port. Waiting doesn't help."""

    code = "resource-forbidden"


class ResourceExhaustedError(ResourceLimitError):
    """The vessel holds all that it may hold of an item. Releasing one helps."""

    code = "resource-exhausted"


def port_list(ports: frozenset[int]) -> str:
    """Ports as people write them, `63100-63109, 63200`; at most five runs are named."""
    named = port_runs(ports)
    return ", ".join([*named[:5], "..."] if len(named) > 5 else named)


def shorten(value: object) -> str:
    """`repr(value)`, cut: what is quoted in an error may come from a stranger and be of any length."""
    if isinstance(value, int) and value.bit_length() > 200:  # Python refuses to print huge integers
        return "a number of more than 60 digits"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
