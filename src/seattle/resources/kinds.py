"""Which resources there are, of what kind, and in which unit each is counted."""

from enum import Enum
from typing import Final, Self


class Kind(Enum):
    """How a resource behaves."""

    RENEWABLE = "renewable"  # a rate: what is used up comes back with time
    QUANTITY = "quantity"  # an amount that is occupied: memory, disk
    ITEM = "item"  # a number of things held at once: sockets, files, threads
    PORTS = "ports"  # a set of port numbers: permission only


class Resource(Enum):
    """Everything a vessel's limits speak of. `vector.find` finds one by name."""

    # Each line: name, kind, unit, and smallest steps in a unit (a power of ten). Rates are fractions for people,
    # but a sum of floats depends on its order, so many splits and joins could create resources out of rounding.
    # Rates are therefore held as whole numbers of a small step: 1/1,000,000 core, 1/1,000 byte a second.
    CPU = "cpu", Kind.RENEWABLE, "cores", 1_000_000
    MEMORY = "memory", Kind.QUANTITY, "bytes", 1
    DISKUSED = "diskused", Kind.QUANTITY, "bytes", 1
    FILEREAD = "fileread", Kind.RENEWABLE, "bytes/s", 1_000
    FILEWRITE = "filewrite", Kind.RENEWABLE, "bytes/s", 1_000
    NETSEND = "netsend", Kind.RENEWABLE, "bytes/s", 1_000
    NETRECV = "netrecv", Kind.RENEWABLE, "bytes/s", 1_000
    LOOPSEND = "loopsend", Kind.RENEWABLE, "bytes/s", 1_000
    LOOPRECV = "looprecv", Kind.RENEWABLE, "bytes/s", 1_000
    LOGRATE = "lograte", Kind.RENEWABLE, "bytes/s", 1_000
    RANDOM = "random", Kind.RENEWABLE, "bytes/s", 1_000
    EVENTS = "events", Kind.ITEM, "threads", 1
    FILESOPENED = "filesopened", Kind.ITEM, "open files", 1
    INSOCKETS = "insockets", Kind.ITEM, "listening sockets", 1
    OUTSOCKETS = "outsockets", Kind.ITEM, "connected sockets", 1
    MESSPORT = "messport", Kind.PORTS, "UDP port", 1
    CONNPORT = "connport", Kind.PORTS, "TCP port", 1

    kind: Kind
    unit: str
    steps: int
    index: int

    def __new__(cls, name: str, kind: Kind, unit: str, steps: int) -> Self:
        """Let the name be the value, and keep the rest beside it."""
        resource = object.__new__(cls)
        resource._value_ = name
        resource.kind = kind
        resource.unit = unit
        resource.steps = steps  # how many of the smallest step make one unit
        resource.index = len(cls.__members__)  # its place in the tables of this package
        return resource


BY_NAME: Final = {resource.value: resource for resource in Resource}
MUST_ASSIGN: Final = (Resource.CPU, Resource.MEMORY, Resource.DISKUSED)  # by every vessel; others default to none
PORTS: Final = (Resource.MESSPORT, Resource.CONNPORT)
NUMBERS: Final = tuple(resource for resource in Resource if resource.kind is not Kind.PORTS)  # by `index`

# The most of a resource, in its steps (a petabyte, or a terabyte a second). Any number of steps up to here
# survives JSON and a float exactly, so no reader needs a special number type.
MOST_STEPS: Final = 10**15
MOST_PORT: Final = 65535
