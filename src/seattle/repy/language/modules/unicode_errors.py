"""The texts of errors in encodings. Python's reads the byte that an error says it is about, wherever that is.

`UnicodeDecodeError("ascii", b"", start, start + 1, "")` with any `start` was a view of any byte of the process. CPython
3.12.8 and 3.13.1 look where they read; before, this does it for them.
"""

import ctypes
from typing import Any

from seattle.repy.language.immutable import FLAGS_OFFSET, IMMUTABLE

_KINDS: dict[type, type] = {UnicodeDecodeError: bytes, UnicodeEncodeError: str, UnicodeTranslateError: str}
_PARTS = ("encoding", "object", "start", "end", "reason")


def make_safe() -> None:
    """Change the classes, before any program runs."""
    for cls, content in _KINDS.items():
        _replace_text(cls, content)


def _replace_text(cls: Any, content: Any) -> None:
    python: Any = cls.__str__
    parts = [vars(cls)[name].__get__ for name in _PARTS if name in vars(cls)]

    def text(error: Any) -> str:
        try:
            # All at once, for a program may change them at any time, in another thread or in a text that it makes.
            *encoding, inside, start, end, reason = (part(error) for part in parts)
        except TypeError:  # it was never initialised
            return ""
        plain = all(type(value) is str for value in (*encoding, reason))
        if plain and isinstance(inside, content) and 0 <= start < end <= content.__len__(inside):
            return str(python(cls(*encoding, inside, start, end, reason)))
        return str(Exception.__str__(error))

    flags = ctypes.c_ulong.from_address(id(cls) + FLAGS_OFFSET)
    flags.value &= ~IMMUTABLE
    try:
        cls.__str__ = text
    finally:
        flags.value |= IMMUTABLE
