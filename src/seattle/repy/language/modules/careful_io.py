"""`io` with files in memory. Python's own hand out views of that memory; these have no way to ask for one."""

import io as python
from collections.abc import Callable
from typing import Any, Self

from seattle.repy.language.modules.facade import freeze_family
from seattle.repy.language.names import words

_REAL = words(
    "close flush getvalue isatty read readable readline readlines seek seekable tell truncate writable write writelines"
)


class _InMemory:
    __slots__ = ("_InMemory__file",)

    def __iter__(self) -> Self:
        self.readable()  # type: ignore[attr-defined]  # added below; it raises for a closed file
        return self

    def __next__(self) -> Any:
        line = _FILE_OF(self).readline()
        if not line:
            raise StopIteration
        return line

    def __enter__(self) -> Self:
        _FILE_OF(self).readable()
        return self

    def __exit__(self, *_: object) -> None:
        _FILE_OF(self).close()

    @property
    def closed(self) -> bool:
        return bool(_FILE_OF(self).closed)


_FILE_OF: Any = _InMemory.__dict__["_InMemory__file"].__get__
_SET_FILE: Any = _InMemory.__dict__["_InMemory__file"].__set__


def _delegate(cls: type, *names: str) -> None:
    for name in names:
        setattr(cls, name, _passed_on(name))


def _passed_on(name: str) -> Callable[..., Any]:
    def method(self: _InMemory, /, *args: Any) -> Any:
        return getattr(_FILE_OF(self), name)(*args)

    method.__name__ = method.__qualname__ = name
    return method


class BytesIO(_InMemory):
    """A file of bytes in memory."""

    __slots__ = ()

    def __init__(self, initial_bytes: Any = b"") -> None:
        _SET_FILE(self, python.BytesIO(initial_bytes))


class StringIO(_InMemory):
    """A file of text in memory."""

    __slots__ = ()

    def __init__(self, initial_value: Any = "", newline: Any = "\n") -> None:
        _SET_FILE(self, python.StringIO(initial_value, newline))


_delegate(_InMemory, *_REAL)
_delegate(BytesIO, "read1", "readinto", "readinto1")
freeze_family(_InMemory, BytesIO, StringIO)

MEMBERS = {
    "BytesIO": BytesIO,
    "DEFAULT_BUFFER_SIZE": python.DEFAULT_BUFFER_SIZE,
    "SEEK_CUR": python.SEEK_CUR,
    "SEEK_END": python.SEEK_END,
    "SEEK_SET": python.SEEK_SET,
    "StringIO": StringIO,
    "UnsupportedOperation": python.UnsupportedOperation,
}
