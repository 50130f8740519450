"""`itertools` whose iterators can't be asked for more while they are at work.

Python's in C let go of an iterator when it is at its end, and of a key, a sum or a number when there is a next one. A
program that asked them for more in its own `__next__`, `__eq__` or `__add__` had them go on with what was no more its
own, or count one reference twice. A generator refuses that; so each is within one, unless no code of a program is.
"""

import itertools as python
from collections.abc import Callable, Generator, Iterator
from typing import Any

from seattle.repy.language.modules.facade import freeze_family
from seattle.repy.language.names import words

_HARMLESS = frozenset({bytearray, bytes, dict, frozenset, list, range, set, str, tuple})  # iterating runs no code
_NOTHING: Any = object()
_NUMBERS = frozenset({bool, complex, float, int})


def _within(iterator: Iterator[Any]) -> Generator[Any, Any, Any]:
    yield from iterator


def _guarded(make: Callable[..., Any], *iterables: Any) -> Any:
    """What `make` makes of iterators over these."""
    made = make(*map(iter, iterables))
    return made if all(type(one) in _HARMLESS for one in iterables) else _within(made)


def accumulate(iterable: Any, func: Any = None, *, initial: Any = None) -> Any:
    """As Python's, like all that follow."""
    return _within(python.accumulate(iterable, func, initial=initial))


class chain:  # noqa: N801 - Python's name
    """The elements of one iterable after those of another."""

    __slots__ = ()

    def __new__(cls, /, *iterables: Any) -> Any:  # noqa: D102 - the class says it
        made = python.chain(*iterables)
        return made if all(type(one) in _HARMLESS for one in iterables) else _within(made)

    @staticmethod
    def from_iterable(iterable: Any, /) -> Any:
        """The elements of the iterables that come from another."""
        return _within(python.chain.from_iterable(iterable))


def count(start: Any = 0, step: Any = 1) -> Any:  # noqa: D103 - the name says it
    made = python.count(start, step)
    return made if type(start) in _NUMBERS and type(step) in _NUMBERS else _within(made)


def cycle(iterable: Any, /) -> Any:  # noqa: D103 - the name says it
    return _guarded(python.cycle, iterable)


def islice(iterable: Any, /, *bounds: Any) -> Any:  # noqa: D103 - the name says it
    return _guarded(lambda iterator: python.islice(iterator, *bounds), iterable)


def pairwise(iterable: Any, /) -> Any:  # noqa: D103 - the name says it
    return _guarded(python.pairwise, iterable)


def zip_longest(*iterables: Any, fillvalue: Any = None) -> Any:  # noqa: D103 - the name says it
    return _guarded(lambda *iterators: python.zip_longest(*iterators, fillvalue=fillvalue), *iterables)


def groupby(iterable: Any, key: Any = None) -> Any:
    """As Python's. A group reads on in the iterable by itself: one generator around it all would not see that."""
    return _groups(iter(iterable), key)


def _groups(iterator: Iterator[Any], key: Callable[[Any], Any] | None) -> Generator[tuple[Any, Any], None, None]:
    value = found = wanted = _NOTHING  # the element that was read and not yet given, its key, and that of the group
    current: object = None

    def step() -> bool:
        nonlocal value, found
        for one in iterator:
            value, found = one, one if key is None else key(one)
            return True
        return False

    def group(me: object, wanted: object) -> Generator[Any, None, None]:
        nonlocal value, found
        while me is current and (value is not _NOTHING or step()) and (wanted is found or wanted == found):
            given, value, found = value, _NOTHING, _NOTHING
            yield given

    while True:
        current = None
        while found is _NOTHING or (wanted is not _NOTHING and (wanted is found or wanted == found)):
            if not step():
                return
        wanted = found
        current = object()
        yield found, group(current, wanted)


def batched(iterable: Any, n: Any, **settings: Any) -> Any:
    """As Python's, where it has it."""
    return _guarded(lambda iterator: python.batched(iterator, n, **settings), iterable)  # type: ignore[attr-defined]  # 3.12


freeze_family(chain)

MEMBERS: dict[str, object] = {
    **{
        name: getattr(python, name)
        for name in words(
            "combinations combinations_with_replacement compress dropwhile filterfalse permutations product repeat "
            "starmap takewhile tee"
        )
    },
    **{
        one.__name__: one
        for one in (accumulate, batched, chain, count, cycle, groupby, islice, pairwise, zip_longest)
        if hasattr(python, one.__name__)  # some are newer than others
    },
}
