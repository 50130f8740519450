"""Make classes that many namespaces share immutable.

A class written in Python can normally be changed by whoever holds it (`Counter.update = mine`), and so one namespace
could poison another. CPython has a flag for types that refuse this; it has no call to set the flag, so we set the
bit in place.
"""

import ctypes

_IMMUTABLE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE, CPython 3.10 and later
FLAGS_OFFSET = object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p) * 19  # PyVarObject's size, then 18 fields


def freeze(*classes: type) -> None:
    """Refuse, from now on, any change to these classes (instances and subclasses are as free as before).

    Raises RuntimeError if this interpreter lays out types in another way than CPython 3.11 to 3.13 do.
    """
    for cls in classes:
        flags = ctypes.c_ulong.from_address(id(cls) + FLAGS_OFFSET)
        if flags.value != cls.__flags__:
            raise RuntimeError(f"cannot find the flags of {cls!r}: this interpreter lays out types differently")
        flags.value |= _IMMUTABLE


def is_frozen(cls: type) -> bool:
    """True if attributes of the class can't be changed."""
    return bool(cls.__flags__ & _IMMUTABLE)
