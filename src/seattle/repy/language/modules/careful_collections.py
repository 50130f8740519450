"""`collections` without the classes that read attributes by text, and with a stricter `namedtuple`.

And until 3.13, Python's `Counter` in C adds to a count that it does not hold: adding may take that out of the counter.
Here it counts in a dict that nobody else knows.
"""

import collections
import sys
from collections.abc import Iterable
from typing import Any

from seattle.repy.language.names import is_plain


def namedtuple(
    typename: str,
    field_names: object,
    *,
    rename: bool = False,
    defaults: Iterable[Any] | None = None,
) -> type:
    """As Python's; the names must be plain names, since they become attributes, and there is no `module`."""
    wanted = field_names.replace(",", " ").split() if type(field_names) is str else list(field_names)  # type: ignore[call-overload]  # not iterable: TypeError, as in Python
    for name in (typename, *wanted):
        if type(name) is not str or not (rename or is_plain(name)):
            raise ValueError(f"not a name for a field or type: {name!r}")
    return collections.namedtuple(typename, wanted, rename=rename, defaults=defaults)  # noqa: PYI024 - the program's choice


_COUNT: Any = collections._count_elements  # type: ignore[attr-defined]  # typeshed leaves it out


def _count_elements(counter: Any, elements: Iterable[Any]) -> None:
    """Add the elements to a counter, by its own methods where its class has such."""
    cls = type(counter)
    if cls.__setitem__ is not dict.__setitem__ or cls.get is not dict.get:
        for element in elements:
            counter[element] = counter.get(element, 0) + 1
        return
    found: dict[Any, int] = {}
    try:
        _COUNT(found, elements)
    finally:  # what came before an error counts
        if not counter:
            dict.update(counter, found)
        else:
            for element, times in found.items():
                counter[element] = counter.get(element, 0) + times


if sys.version_info < (3, 13):
    collections._count_elements = _count_elements  # type: ignore[attr-defined]  # as above

MEMBERS = {
    "ChainMap": collections.ChainMap,
    "Counter": collections.Counter,
    "OrderedDict": collections.OrderedDict,
    "UserDict": collections.UserDict,
    "UserList": collections.UserList,
    "defaultdict": collections.defaultdict,
    "deque": collections.deque,
    "namedtuple": namedtuple,
}
