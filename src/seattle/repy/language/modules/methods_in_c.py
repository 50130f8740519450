"""Methods of Python's classes in C that trust what they are handed: here it is looked at before they see it.

A `bytearray` reads on in memory that is no more its own when what it is handed has a `__len__` or an `__index__` that
empties it, and takes a `__length_hint__` of 0 at its word. A date that is made of bytes can lie before the year 1, for
which there is no name of a day. A place in a text may be one before the text begins.
"""

import ctypes
import datetime as dt
import gc
import io
import operator
from collections.abc import Callable
from typing import Any

from seattle.repy.language.modules.method import method

_BYTES = (bytes, bytearray)
_SKIPPED = 128  # from this bit on a place in a text says how many characters lie before it: 32 bits, the last the sign


def make_safe() -> None:
    """Change the classes, before any program runs."""
    for name in ("count", "endswith", "find", "index", "rfind", "rindex", "startswith"):
        _replace(bytearray, name, _with_plain_bounds)
    _replace(bytearray, "extend", _with_plain_bytes)
    _replace(bytearray, "hex", lambda _real: _hex)
    for cls in (dt.date, dt.datetime):
        _replace(cls, "ctime", _in_the_calendar)
    _replace(io.TextIOWrapper, "seek", _not_before_the_text)


def _replace(cls: type, name: str, make: Callable[[Any], Callable[..., Any]]) -> None:
    (names,) = gc.get_referents(cls.__dict__)  # the class can't be changed in any other way
    replacement = make(names[name])
    replacement.__name__ = name
    names[name] = method(cls, replacement)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))


def _with_plain_bounds(real: Any) -> Callable[..., Any]:
    def search(self: bytearray, wanted: Any, /, *bounds: Any) -> Any:
        return real(self, wanted if isinstance(wanted, _BYTES) else _plain(wanted), *map(_plain, bounds))

    return search


def _plain(value: Any) -> Any:
    return operator.index(value) if hasattr(type(value), "__index__") else value


def _with_plain_bytes(real: Any) -> Callable[..., Any]:
    def extend(self: bytearray, values: Any, /) -> None:
        real(self, values if isinstance(values, _BYTES) else bytearray(iter(values)))

    return extend


def _hex(self: bytearray, *how: Any, **named: Any) -> str:
    return b"".join((self,)).hex(*how, **named)


_YEAR: Any = dt.date.__dict__["year"].__get__  # for that of a class of the program's may say anything


def _in_the_calendar(real: Any) -> Callable[..., Any]:
    def ctime(self: dt.date, /) -> Any:
        if _YEAR(self) < dt.MINYEAR:
            raise ValueError(f"year {_YEAR(self)} is out of range")
        return real(self)

    return ctime


def _not_before_the_text(real: Any) -> Callable[..., Any]:
    def seek(self: io.TextIOWrapper, cookie: Any, whence: Any = 0, /) -> Any:
        cookie = _plain(cookie)
        if isinstance(cookie, int) and int.__rshift__(cookie, _SKIPPED + 31) & 1:
            raise ValueError("a place in a text is what tell() has told")
        return real(self, cookie, whence)

    return seek
