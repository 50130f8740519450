"""Bringing the code that every vessel runs together, so that it lies on few pages.

Whoever runs a function writes to its code: that is where the interpreter counts references, and runs. Of all the code
that a nursery has loaded, a vessel runs a tenth, one function here and another there, and each of them costs a forked
process the page that it lies on. So one vessel is watched, and what has run is copied to where nothing else is.
"""

import gc
import mmap
import os
import sys
from collections.abc import Iterable
from types import CodeType, FrameType, FunctionType
from typing import Final

# A byte for each place. Of code that has run, and code that has not, few come to the same place; then both are copied.
_PLACES: Final = 1 << 18
_APART: Final = 16  # bytes between two objects, at least


class Watch:
    """Notes which functions run: in one process, and in those that it forks."""

    def __init__(self) -> None:
        # Shared with forked processes, whichever walls they are behind: close it before the next.
        self._ran_here = mmap.mmap(-1, _PLACES)
        self._ran_there = mmap.mmap(-1, _PLACES)
        self._here = 0

    def begin(self) -> None:
        """Watch this process, and all that it forks, until they end."""
        self._here = os.getpid()
        sys.setprofile(self._note)

    def bring_together(self, functions: Iterable[FunctionType]) -> None:
        """Give those that have run a copy of their code. The copies lie side by side if memory has no gaps."""
        ran = [function for function in functions if self._has_run(function.__code__)]
        ran.sort(key=lambda function: self._side(function.__code__))
        copies: dict[int, CodeType] = {}  # by address: comparing code takes long, and there are equal ones
        for function in ran:
            self._copy(function.__code__, copies)
        for function in ran:  # not before: the next copy would take the room of the code that this lets go of
            function.__code__ = copies[id(function.__code__)]

    def close(self) -> None:
        """Share no memory with processes that are forked from now on."""
        self._ran_here.close()
        self._ran_there.close()

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            (self._ran_here if os.getpid() == self._here else self._ran_there)[_place(frame.f_code)] = 1

    def _has_run(self, code: CodeType) -> bool:
        place = _place(code)
        return bool(self._ran_here[place] or self._ran_there[place])

    def _side(self, code: CodeType) -> int:
        """By this order, what has run in both lies between what has run in one of them."""
        place = _place(code)
        return self._ran_there[place] - self._ran_here[place]

    def _copy(self, code: CodeType, copies: dict[int, CodeType]) -> CodeType:
        """The copy of `code`. What it makes functions of is copied as well, if that has run."""
        if id(code) not in copies:
            constants = tuple(
                self._copy(constant, copies) if type(constant) is CodeType and self._has_run(constant) else constant
                for constant in code.co_consts
            )
            copies[id(code)] = code.replace(co_consts=constants)
        return copies[id(code)]


def all_functions() -> list[FunctionType]:
    """Those that the collector knows: all that are not frozen."""
    return [one for one in gc.get_objects() if type(one) is FunctionType]


def _place(code: CodeType) -> int:
    return id(code) // _APART % _PLACES
