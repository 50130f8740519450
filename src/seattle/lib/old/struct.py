"""The reference's packed numbers, under its names. Python's `struct` does the work, and has more.

A format has to begin with the order of bytes: `<` (the lowest first), `>` or `!` (the highest first).
"""

import struct


def struct_pack(fmt, *args):
    """The bytes of values. Raises ValueError for a format without its order, or values that do not fit."""
    return _checked(struct.pack, fmt, *args)


def struct_unpack(fmt, data):
    """The values of bytes. Raises ValueError if there are not as many as the format needs."""
    return _checked(struct.unpack, fmt, data)


def struct_calcsize(fmt):
    """How many bytes the values of a format take."""
    return _checked(struct.calcsize, fmt)


def _checked(function, fmt, *args):
    if not fmt.startswith(("<", ">", "!")):
        raise ValueError("a format begins with the order of bytes: <, > or !")
    try:
        return function(fmt, *args)
    except struct.error as why:
        raise ValueError(str(why)) from None
