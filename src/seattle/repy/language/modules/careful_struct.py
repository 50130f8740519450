"""`struct`, which remembers formats under plain keys only."""

import struct as python
from typing import Any

from seattle.repy.language.plain import plain


def calcsize(format: Any, /) -> int:  # noqa: A002 - Python's name
    """As Python's, like all that follow."""
    return python.calcsize(plain(format))


def iter_unpack(format: Any, buffer: Any, /) -> Any:  # noqa: A002, D103 - as above
    return python.iter_unpack(plain(format), buffer)


def pack(format: Any, /, *values: Any) -> bytes:  # noqa: A002, D103 - as above
    return python.pack(plain(format), *values)


def pack_into(format: Any, buffer: Any, offset: Any, /, *values: Any) -> None:  # noqa: A002, D103 - as above
    python.pack_into(plain(format), buffer, offset, *values)


def unpack(format: Any, buffer: Any, /) -> tuple[Any, ...]:  # noqa: A002, D103 - as above
    return python.unpack(plain(format), buffer)


def unpack_from(format: Any, /, buffer: Any, offset: Any = 0) -> tuple[Any, ...]:  # noqa: A002, D103 - as above
    return python.unpack_from(plain(format), buffer, offset)


MEMBERS = {
    "Struct": python.Struct,
    "calcsize": calcsize,
    "error": python.error,
    "iter_unpack": iter_unpack,
    "pack": pack,
    "pack_into": pack_into,
    "unpack": unpack,
    "unpack_from": unpack_from,
}
