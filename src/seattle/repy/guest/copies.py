"""Copies of plain data, for what passes between namespaces: each side may then change its own."""

from typing import Any


def deep_copy(value: Any, known: dict[int, Any] | None = None) -> Any:
    """Lists, tuples, sets, dicts and bytearrays, and what is in them, anew; all else is the same object.

    Goes by the exact class: a subclass could do anything while it is copied, so it counts as all else.
    """
    kind = type(value)
    if kind not in _CONTAINERS:
        return value
    known = {} if known is None else known
    if id(value) in known:
        return known[id(value)][0]
    if kind is list:
        copied: Any = []
        known[id(value)] = copied, value
        copied.extend(deep_copy(item, known) for item in list(value))
    elif kind is dict:
        copied = {}
        known[id(value)] = copied, value
        for key, item in list(value.items()):
            copied[deep_copy(key, known)] = deep_copy(item, known)
    else:
        copied = kind(value) if kind is bytearray else kind([deep_copy(item, known) for item in list(value)])
        known[id(value)] = copied, value
    return copied


_CONTAINERS = frozenset({list, tuple, set, frozenset, dict, bytearray})
