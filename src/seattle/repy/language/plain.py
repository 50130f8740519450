"""Plain copies of values whose class is a program's: what the library keeps must not have methods of a program.

Python's modules remember results in dictionaries that all namespaces share, with arguments as keys. A key whose `==`
and `hash()` are a program's could pass for the key of somebody else, who would then get the program's result.
"""

from typing import Any


def plain(value: Any) -> Any:
    """The value itself, or, of a subclass of text, bytes or whole numbers, the plain value in it."""
    kind = type(value)
    if kind is str or kind is bytes or kind is int:
        return value
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, bytes):
        return bytes.__getitem__(value, slice(None))
    if issubclass(kind, int) and kind is not bool:
        return int.__index__(value)
    return value
