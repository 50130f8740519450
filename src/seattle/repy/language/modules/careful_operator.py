"""`operator`, with an `attrgetter` and a `methodcaller` that know which attribute names are part of Repy."""

import operator as python
from collections.abc import Callable
from typing import Any

from seattle.repy.language.guards import checked_name, may_read, read, refuse
from seattle.repy.language.names import words

_SAME = words(
    "abs add and_ call concat contains countOf delitem eq floordiv ge getitem gt iadd iand iconcat ifloordiv ilshift "
    "imatmul imod imul index indexOf inv invert ior ipow irshift is_ is_not isub itemgetter itruediv ixor le "
    "length_hint lshift lt matmul mod mul ne neg not_ or_ pos pow rshift setitem sub truediv truth xor"
)


def attrgetter(*attributes: str) -> Callable[[Any], Any]:
    """A function that reads these attributes (dotted names go deeper)."""
    if not attributes:
        raise TypeError("attrgetter expected at least 1 argument, got 0")
    paths = [checked_name(attribute).split(".") for attribute in attributes]
    for part in (part for path in paths for part in path):
        if not may_read(part):
            refuse(part)

    def follow(target: Any, path: list[str]) -> Any:
        for part in path:
            target = read(target, part)
        return target

    def getter(target: Any, /) -> Any:
        found = tuple(follow(target, path) for path in paths)
        return found if len(found) > 1 else found[0]

    return getter


def methodcaller(name: str, /, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """A function that calls this method."""
    if not may_read(checked_name(name)):
        refuse(name)

    def caller(target: Any, /) -> Any:
        method: Any = read(target, name)
        return method(*args, **kwargs)

    return caller


MEMBERS = {
    **{name: getattr(python, name) for name in _SAME},
    "attrgetter": attrgetter,
    "methodcaller": methodcaller,
}
