"""Filling the gaps between old objects, so that a forked process puts its new ones on pages of its own.

Processes share the pages of the one that they were forked from, until somebody writes to one: then it is copied.
Python's allocator and the C library's prefer the room that has become free between objects that are there already.
So a new process would scatter its first thousand objects over hundreds of shared pages, and have each of them copied.
With the gaps filled it takes fresh pages instead: a few, and full ones.
"""

from collections.abc import Callable
from typing import Final

# CPython serves objects of up to 512 bytes from pools, each for one size; larger ones are the C library's.
_POOL: Final = 16 * 1024  # bytes
_STEP: Final = 16  # bytes between two sizes of small objects
_LARGEST_SMALL: Final = 512  # bytes
_LARGE: Final = (576, 704, 896, 1152, 1536, 2048, 3072, 4096, 6144, 8192)  # bytes

_EMPTY: Final = b"".__sizeof__()  # bytes that the object itself takes
_NEAR: Final = 4  # objects of the same size between two that count as neighbours: the loop's own numbers need some room
_ENOUGH: Final = 8  # large objects in a row that found no gap
_MOST: Final = 20_000  # objects of one size: it ends whatever the allocator does


def fill() -> list[list[object]]:
    """What fills them, some hundred kilobytes. The gaps are there again when it is let go of."""
    small = [
        _fill_small(16, object),
        _fill_small(32, lambda: float("1.5")),
        *(_fill_small(size, _bytes_of(size)) for size in range(48, _LARGEST_SMALL + 1, _STEP)),
    ]
    return [*small, *(_fill_large(_bytes_of(size)) for size in _LARGE)]


def _bytes_of(size: int) -> Callable[[], object]:
    return lambda: b"x" * (size - _EMPTY)


def _fill_small(size: int, make: Callable[[], object]) -> list[object]:
    """Until half a pool in a row was free: an old one is in pieces, in the order in which they became free."""
    filling: list[object] = []
    in_a_row, last = 0, 0
    while in_a_row < _POOL // size // 2 and len(filling) < _MOST:
        filling.append(make())
        address = id(filling[-1])
        in_a_row = in_a_row + 1 if 0 < address - last <= _NEAR * size else 0
        last = address
    return filling


def _fill_large(make: Callable[[], object]) -> list[object]:
    """Until several in a row came to lie above all others."""
    filling: list[object] = []
    in_a_row, highest = 0, 0
    while in_a_row < _ENOUGH and len(filling) < _MOST:
        filling.append(make())
        address = id(filling[-1])
        in_a_row = in_a_row + 1 if address > highest else 0
        highest = max(highest, address)
    return filling
