"""The texts of errors in encodings. Python's reads the byte that an error says it is about, wherever that is.

`UnicodeDecodeError("ascii", b"", start, start + 1, "")` with any `start` was a view of any byte of the process. CPython
3.12.8 and 3.13.1 look where they read; before, this does it for them.
"""

import ctypes
import gc
from typing import Any

from seattle.repy.language.immutable import FLAGS_OFFSET

_KINDS: dict[type, type] = {UnicodeDecodeError: bytes, UnicodeEncodeError: str, UnicodeTranslateError: str}
_EXAMPLES: dict[type, tuple[object, ...]] = {
    UnicodeDecodeError: ("ascii", b"", -2, -1, ""),
    UnicodeEncodeError: ("ascii", "", -2, -1, ""),
    UnicodeTranslateError: ("", -2, -1, ""),
}
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

    # The class can't be changed, and where its names are kept differs by version: so we put the method there ourselves,
    # and what calls it into the class, as a class statement would.
    (names,) = gc.get_referents(cls.__dict__)
    names["__str__"] = text
    _slot(cls).value = _slot(_WithText).value
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))
    if str(cls(*_EXAMPLES[cls])) != str(_EXAMPLES[cls]):
        raise RuntimeError(f"cannot replace the text of {cls!r}: this interpreter lays out types differently")


class _WithText:
    def __str__(self) -> str:
        return ""


def _slot(cls: type) -> ctypes.c_void_p:
    """Where a class has what makes the text of its instances. Raises RuntimeError if types are laid out otherwise."""
    if ctypes.c_ulong.from_address(id(cls) + FLAGS_OFFSET).value != cls.__flags__:
        raise RuntimeError(f"cannot find the flags of {cls!r}: this interpreter lays out types differently")
    return ctypes.c_void_p.from_address(
        id(cls) + FLAGS_OFFSET - 4 * ctypes.sizeof(ctypes.c_void_p)
    )  # four fields before
