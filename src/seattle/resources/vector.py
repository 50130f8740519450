"""The resource vector: how much of everything a vessel, or a whole donation, has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias, overload

from seattle.resources.errors import (
    BadAmountError,
    NotAssignedError,
    OverlapError,
    UnderflowError,
    UnknownResourceError,
)
from seattle.resources.kinds import BY_NAME, MOST_PORT, MOST_STEPS, MUST_ASSIGN, NUMBERS, PORTS, Kind, Resource

Rate: TypeAlias = Literal[
    Resource.CPU,
    Resource.FILEREAD,
    Resource.FILEWRITE,
    Resource.NETSEND,
    Resource.NETRECV,
    Resource.LOOPSEND,
    Resource.LOOPRECV,
    Resource.LOGRATE,
    Resource.RANDOM,
]
Count: TypeAlias = Literal[
    Resource.MEMORY,
    Resource.DISKUSED,
    Resource.EVENTS,
    Resource.FILESOPENED,
    Resource.INSOCKETS,
    Resource.OUTSOCKETS,
]
NO_PORTS: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ResourceVector:
    """An exact amount of every resource; make one with `of`, `from_mapping` or arithmetic.

    `vector[Resource.CPU]` is a float in the resource's unit for renewables and an int for all else;
    `messports` and `connports` are the UDP and TCP ports. Vectors add, subtract and compare: `a <= b` means
    that a fits within b, in every number and every port. Some vectors are neither `<=` nor `>=` each other.
    """

    steps: tuple[int, ...]  # of each resource in NUMBERS, in that order, in its smallest step
    messports: frozenset[int] = NO_PORTS
    connports: frozenset[int] = NO_PORTS

    def __post_init__(self) -> None:
        assert len(self.steps) == len(NUMBERS)
        for resource, steps in zip(NUMBERS, self.steps, strict=True):
            if not 0 <= steps <= MOST_STEPS:
                amount = steps / resource.steps if resource.steps > 1 else steps
                raise BadAmountError(resource, amount, expected=_range(resource))

    @classmethod
    def of(
        cls,
        *,
        cpu: float,
        memory: int,
        diskused: int,
        fileread: float = 0,
        filewrite: float = 0,
        netsend: float = 0,
        netrecv: float = 0,
        loopsend: float = 0,
        looprecv: float = 0,
        lograte: float = 0,
        random: float = 0,
        events: int = 0,
        filesopened: int = 0,
        insockets: int = 0,
        outsockets: int = 0,
        messport: Iterable[int] = (),
        connport: Iterable[int] = (),
    ) -> Self:
        """Build a vector: cpu in cores, memory and diskused in bytes, other rates in bytes/s, items counted.

        Raises BadAmountError for what is no amount: negative, NaN, infinite, a fraction of a byte or thread.
        A rate is taken to the nearest step (a millionth of a core, a thousandth of a byte/s).
        """
        return cls.from_mapping(
            {
                "cpu": cpu,
                "memory": memory,
                "diskused": diskused,
                "fileread": fileread,
                "filewrite": filewrite,
                "netsend": netsend,
                "netrecv": netrecv,
                "loopsend": loopsend,
                "looprecv": looprecv,
                "lograte": lograte,
                "random": random,
                "events": events,
                "filesopened": filesopened,
                "insockets": insockets,
                "outsockets": outsockets,
                "messport": messport,
                "connport": connport,
            }
        )

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Self:
        """Read what `to_mapping` wrote: names to numbers in the same units, or to lists of ports.

        Strict, since the mapping may come from a stranger. Raises UnknownResourceError, NotAssignedError
        (cpu, memory and diskused have no default) or BadAmountError.
        """
        steps = [0] * len(NUMBERS)
        ports = dict.fromkeys(PORTS, NO_PORTS)
        assigned = set()
        for name, value in mapping.items():
            resource = find(name)
            assigned.add(resource)
            if resource.kind is Kind.PORTS:
                ports[resource] = to_ports(resource, value)
            else:
                steps[resource.index] = to_steps(resource, value)
        missing = tuple(resource for resource in MUST_ASSIGN if resource not in assigned)
        if missing:
            raise NotAssignedError(missing, where="a resource vector")
        return cls(tuple(steps), ports[Resource.MESSPORT], ports[Resource.CONNPORT])

    def to_mapping(self) -> dict[str, float | list[int]]:
        """Every resource by name, for the API.

        Units: cpu in cores; memory and diskused in bytes; fileread ... random in bytes/s; events,
        filesopened, insockets and outsockets counted. Rates are floats, all else ints; ports are
        ascending lists. `from_mapping` gives back exactly this vector.
        """
        mapping: dict[str, float | list[int]] = {resource.value: self[resource] for resource in NUMBERS}
        for resource in PORTS:
            mapping[resource.value] = sorted(self.ports(resource))
        return mapping

    @overload
    def __getitem__(self, resource: Count) -> int: ...
    @overload
    def __getitem__(self, resource: Rate) -> float: ...
    @overload
    def __getitem__(self, resource: Resource) -> int | float: ...
    def __getitem__(self, resource: Resource) -> int | float:
        if resource.kind is Kind.PORTS:
            raise KeyError(f"{resource.value} is a set of ports: use ports()")
        steps = self.steps[resource.index]
        return steps / resource.steps if resource.kind is Kind.RENEWABLE else steps

    def ports(self, resource: Resource) -> frozenset[int]:
        """The ports of MESSPORT (UDP) or CONNPORT (TCP)."""
        if resource.kind is not Kind.PORTS:
            raise KeyError(f"{resource.value} is not a set of ports")
        return self.messports if resource is Resource.MESSPORT else self.connports

    def text(self, resource: Resource) -> str:
        """The amount of a number resource in its unit: a plain decimal, exact, with no exponent."""
        if resource.kind is Kind.PORTS:
            raise KeyError(f"{resource.value} is a set of ports: use ports()")
        return _text(resource, self.steps[resource.index])

    def __add__(self, other: Self) -> Self:
        """Both together. Raises OverlapError for a port that is on both sides, so that `(a + b) - b == a`."""
        if not isinstance(other, ResourceVector):
            return NotImplemented
        for resource in PORTS:
            if shared := self.ports(resource) & other.ports(resource):
                raise OverlapError(resource, shared)
        return type(self)(
            tuple(mine + theirs for mine, theirs in zip(self.steps, other.steps, strict=True)),
            self.messports | other.messports,
            self.connports | other.connports,
        )

    def __sub__(self, other: Self) -> Self:
        """What is left without `other`. Raises UnderflowError naming the first resource that is short."""
        if not isinstance(other, ResourceVector):
            return NotImplemented
        return self.minus(other)

    def minus(self, other: Self, *, otherwise: type[UnderflowError] = UnderflowError) -> Self:
        """`self - other`, with `otherwise` raised in place of UnderflowError."""
        for resource in NUMBERS:
            if other.steps[resource.index] > self.steps[resource.index]:
                raise otherwise(resource, wanted=other[resource], available=self[resource])
        for resource in PORTS:
            if not other.ports(resource) <= self.ports(resource):
                raise otherwise(resource, wanted=other.ports(resource), available=self.ports(resource))
        return type(self)(
            tuple(mine - theirs for mine, theirs in zip(self.steps, other.steps, strict=True)),
            self.messports - other.messports,
            self.connports - other.connports,
        )

    def __le__(self, other: Self) -> bool:
        if not isinstance(other, ResourceVector):
            return NotImplemented
        return self.fits_within(other)

    def fits_within(self, whole: Self) -> bool:
        """Whether `whole - self` would work: no number is larger, no port is missing."""
        return (
            all(mine <= theirs for mine, theirs in zip(self.steps, whole.steps, strict=True))
            and self.messports <= whole.messports
            and self.connports <= whole.connports
        )

    def scale(self, fraction: float) -> Self:
        """This share of every number, rounded down to a step, and no ports (a port can't be divided).

        Args:
            fraction: 0 to 1, read to twelve decimal places: 0.29 of 100 is 29, though the float is a bit less.
        """
        if not 0 <= fraction <= 1:  # NaN is refused here too
            raise ValueError(f"cannot scale resources by {fraction}: expected 0 to 1")
        whole = 10**12
        share = round(fraction * whole)
        return type(self)(tuple(steps * share // whole for steps in self.steps))

    def __repr__(self) -> str:
        parts = [f"{resource.value}={self.text(resource)}" for resource in NUMBERS if self[resource]]
        parts += [f"{resource.value}={sorted(self.ports(resource))}" for resource in PORTS if self.ports(resource)]
        return f"{type(self).__name__}({', '.join(parts)})"


def find(name: object) -> Resource:
    """The resource of this name. Raises UnknownResourceError."""
    resource = BY_NAME.get(name) if isinstance(name, str) else None
    if resource is None:
        raise UnknownResourceError(name)
    return resource


def to_steps(resource: Resource, amount: object) -> int:
    """An amount in the resource's unit as a number of its steps. Raises BadAmountError."""
    whole_only = resource.kind is not Kind.RENEWABLE
    if isinstance(amount, bool) or not isinstance(amount, int if whole_only else int | float):
        raise BadAmountError(resource, amount, expected=_range(resource))
    if not 0 <= amount <= MOST_STEPS // resource.steps:  # infinity and NaN are refused here too
        raise BadAmountError(resource, amount, expected=_range(resource))
    # With at most MOST_STEPS, what floats lose here is less than a quarter of a step: rounding mends it.
    steps = round(amount * resource.steps)
    if steps == 0 and amount > 0:
        # Asking for very little must not become asking for none: that forbids the resource.
        raise BadAmountError(resource, amount, expected=_range(resource))
    return steps


def to_ports(resource: Resource, value: object) -> frozenset[int]:
    """The set of these port numbers. Raises BadAmountError."""
    expected = f"port numbers from 1 to {MOST_PORT}"
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise BadAmountError(resource, value, expected=expected)
    ports = list(value)
    for port in ports:
        if type(port) is not int or not 1 <= port <= MOST_PORT:
            raise BadAmountError(resource, port, expected=expected)
    return frozenset(ports)


def _range(resource: Resource) -> str:
    most = MOST_STEPS // resource.steps
    if resource.kind is not Kind.RENEWABLE:
        return f"a whole number ({resource.unit}) from 0 to {most}"
    return f"a number ({resource.unit}) from 0 to {most}, not finer than {_text(resource, 1)}"


def _text(resource: Resource, steps: int) -> str:
    whole, rest = divmod(steps, resource.steps)
    places = len(str(resource.steps)) - 1
    return f"{whole}.{rest:0{places}}".rstrip("0") if rest else str(whole)
