"""Memory for the stacks of threads, kept out of the program's reach until there are threads.

The kernel limits address space, and a thousand stacks take more of that than a vessel has memory, though they are
mostly never touched. Were the room for them open from the start, a program could fill it with data, and the monitor
would end it for that. So the limit starts without that room: the program gets a MemoryError, which it can catch.

This binds programs that keep to the language. Native code could open the room by itself, and would be ended.
"""

import resource

_DATA = resource.RLIMIT_DATA


class _Room:
    __slots__ = ("all", "least", "most")

    def __init__(self) -> None:
        self.least = self.most = resource.RLIM_INFINITY
        self.all = (self.most, self.most)


_room = _Room()


def hold_back(size: int) -> None:
    """Close the part of the room that is for stacks, `size` bytes. Once, when the limits stand."""
    _room.most = resource.getrlimit(_DATA)[1]
    _room.all = (_room.most, _room.most)
    _room.least = _room.most - size
    open_to(0)


def open_to(size: int) -> None:
    """Let stacks of `size` bytes in all exist. Does nothing where nothing was held back."""
    if _room.least != resource.RLIM_INFINITY:
        resource.setrlimit(_DATA, (min(_room.least + size, _room.most), _room.most))


def open_all() -> None:
    """Open all of it, for the report on a program that ends because memory is full. Needs no memory itself."""
    if _room.least != resource.RLIM_INFINITY:
        resource.setrlimit(_DATA, _room.all)
