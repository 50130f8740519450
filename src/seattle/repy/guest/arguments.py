"""Argument rules that all calls share: positional only, exact types, in order from the left.

What a value means - is this a valid address, a permitted port - is judged outside, by the monitor.
"""

import types
from collections.abc import Callable

from seattle.repy.guest.exceptions import RepyArgumentError

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_LONGEST_TEXT = 1024  # characters; no valid name or address comes near


def text(value: object, name: str) -> str:
    """A `str`, short enough to be a name or an address."""
    if type(value) is not str:
        raise _wrong(value, name, "a str")
    if len(value) > _LONGEST_TEXT:
        raise RepyArgumentError(f"{name} has {len(value)} characters; at most {_LONGEST_TEXT} are allowed")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RepyArgumentError(f"{name} holds half a surrogate pair, which is no text") from None
    return value


def integer(value: object, name: str, *, least: int = _SMALLEST) -> int:
    """An `int`, not a `bool`."""
    if type(value) is not int:
        raise _wrong(value, name, "an int")
    if not least <= value <= _LARGEST:
        raise RepyArgumentError(f"{name} {_short(value)} is out of range; it has to be at least {least}")
    return value


def number(value: object, name: str) -> float:
    """An `int` or a `float`, 0 or more; not a `bool`."""
    if not isinstance(value, (int, float)) or type(value) not in (int, float):
        raise _wrong(value, name, "a number")
    if value < 0:
        raise RepyArgumentError(f"{name} {_short(value)} is negative")
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def boolean(value: object, name: str) -> bool:
    """True or False, nothing that is merely like it."""
    if type(value) is not bool:
        raise _wrong(value, name, "a bool")
    return value


def data(value: object, name: str) -> bytes:
    """Bytes; text counts as its UTF-8."""
    if type(value) is bytes:
        return value
    if type(value) is str:
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise RepyArgumentError(f"{name} holds half a surrogate pair, which has no UTF-8") from None
    if type(value) is bytearray:
        return bytes(value)
    raise _wrong(value, name, "bytes or a str")


def function(value: object, name: str) -> Callable[[], object]:
    """A function or a bound method."""
    if isinstance(value, (types.FunctionType, types.MethodType, types.BuiltinFunctionType)):
        return value
    raise _wrong(value, name, "a function or a method")


def _wrong(value: object, name: str, wanted: str) -> RepyArgumentError:
    return RepyArgumentError(f"{name} has to be {wanted}, not {type(value).__name__}")


def _short(value: float) -> str:
    """For messages; spelling out a huge integer would itself fail."""
    return str(value) if -(10**20) < value < 10**20 else "(huge)"
