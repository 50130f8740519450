"""Bringing the code that every vessel runs together, so that it lies on few pages.

Whoever runs a function writes to its code: that is where the interpreter counts references, and runs. Of all the code
that a nursery has loaded, a vessel runs a tenth, one function here and another there, and each of them costs a forked
process the page that it lies on. So one vessel is watched, and what has run is copied to where nothing else is.
"""

import gc
import mmap
import os
import sys
from collections.abc import Container, Iterator
from types import CodeType, FrameType, FunctionType


class Watch:
    """Notes which of the functions that are loaded run: in one process, and in those that it forks."""

    def __init__(self) -> None:
        self._functions = [one for one in gc.get_objects() if type(one) is FunctionType]
        # By address: comparing two code objects takes long, and there are equal ones.
        self._code = {id(code): code for function in self._functions for code in _with_inner(function.__code__)}
        self._place = {address: place for place, address in enumerate(self._code)}
        # A byte for each. Shared with forked processes, whichever walls they are behind: close it before the next.
        self._ran_here = mmap.mmap(-1, len(self._code))
        self._ran_there = mmap.mmap(-1, len(self._code))
        self._here = 0

    def begin(self) -> None:
        """Watch this process, and all that it forks, until they end."""
        self._here = os.getpid()
        sys.setprofile(self._note)

    def bring_together(self) -> None:
        """Give each function that has run a copy of its code. The copies lie side by side if memory has no gaps."""
        sides = zip(self._code, self._ran_here[:], self._ran_there[:], strict=True)
        ran = {address: there - here for address, here, there in sides if here or there}
        copies: dict[int, CodeType] = {}
        for address in sorted(ran, key=ran.__getitem__):  # what ran in both lies between what ran in one of them
            _copy(self._code[address], ran, copies)
        for function in self._functions:
            if (copy := copies.get(id(function.__code__))) is not None:
                function.__code__ = copy

    def close(self) -> None:
        """Share no memory with processes that are forked from now on."""
        self._ran_here.close()
        self._ran_there.close()

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and (place := self._place.get(id(frame.f_code))) is not None:
            (self._ran_here if os.getpid() == self._here else self._ran_there)[place] = 1


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    """Itself, and the code of all functions that it may make."""
    yield code
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from _with_inner(constant)


def _copy(code: CodeType, ran: Container[int], copies: dict[int, CodeType]) -> CodeType:
    """The copy of `code`, which makes copies of those inner functions that have run as well. `copies` has them all."""
    if id(code) not in copies:
        constants = tuple(
            _copy(constant, ran, copies) if type(constant) is CodeType and id(constant) in ran else constant
            for constant in code.co_consts
        )
        copies[id(code)] = code.replace(co_consts=constants)
    return copies[id(code)]
