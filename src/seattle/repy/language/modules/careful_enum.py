"""`enum` with class syntax only.

Python can also make an enumeration by calling (with any special method in it) and from everything in some module;
this metaclass can do neither.
"""

import enum as python
from typing import Any, NoReturn

from seattle.repy.language.immutable import freeze


class ClassSyntaxOnly(python.EnumMeta):
    """The class of enumerations that programs can inherit from."""

    def __call__(cls, value: Any, /) -> Any:  # type: ignore[override]  # noqa: D102 - narrower on purpose
        return super().__call__(value)

    def _refuse(cls, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("make enumerations with a class statement")

    _convert_ = _create_ = _refuse


class Enum(python.Enum, metaclass=ClassSyntaxOnly):
    """An enumeration."""


class IntEnum(python.IntEnum, metaclass=ClassSyntaxOnly):
    """An enumeration whose members are numbers."""


class StrEnum(python.StrEnum, metaclass=ClassSyntaxOnly):
    """An enumeration whose members are text."""


class Flag(python.Flag, metaclass=ClassSyntaxOnly):
    """An enumeration whose members can be combined."""


class IntFlag(python.IntFlag, metaclass=ClassSyntaxOnly):
    """An enumeration whose members are numbers and can be combined."""


freeze(ClassSyntaxOnly)

MEMBERS = {
    "Enum": Enum,
    "Flag": Flag,
    "IntEnum": IntEnum,
    "IntFlag": IntFlag,
    "StrEnum": StrEnum,
    "auto": python.auto,
    "unique": python.unique,
}
