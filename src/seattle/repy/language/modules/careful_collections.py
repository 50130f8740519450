"""`collections` without the classes that read attributes by text, and with a stricter `namedtuple`."""

import collections
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
