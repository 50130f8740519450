"""`enum` with class syntax only, and with base classes that hold nothing that could be changed.

Python can also make an enumeration by calling (with any special method in it) and from everything in some module;
this metaclass can do neither.
"""

import enum as python
from types import FunctionType
from typing import Any, NoReturn

from seattle.repy.language.immutable import freeze
from seattle.repy.language.modules.facade import function, seal_instances
from seattle.repy.language.modules.read_only import Table


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


def verify(*checks: str) -> Any:
    """As Python's."""
    return python.verify(*map(python.EnumCheck, checks))


class Row(tuple[Any, ...]):
    """What Python keeps in a list, and adds to lists."""

    __slots__ = ()

    def __radd__(self, before: list[Any]) -> list[Any]:
        return [*before, *self]


def _seal(cls: type) -> None:
    """Replace the tables of an enumeration without members: those of one with members are made for it."""
    for name, value in list(cls.__dict__.items()):
        sealed: object
        if isinstance(value, dict):
            sealed = Table(value)
        elif isinstance(value, list):
            sealed = Row(value)
        elif isinstance(value, FunctionType) and name == "_generate_next_value_":
            sealed = staticmethod(function(value))
        elif isinstance(value, staticmethod) and "__" not in name:
            sealed = staticmethod(function(value.__func__))
        elif isinstance(value, python.Enum):
            sealed = value.value
        else:
            continue
        type.__setattr__(cls, name, sealed)


for _own in (Enum, Flag, IntEnum, IntFlag, StrEnum):
    for _base in _own.__mro__:
        if isinstance(_base, python.EnumMeta):
            _seal(_base)
freeze(ClassSyntaxOnly, Row)
seal_instances(type(python.auto().value))

MEMBERS = {
    **{check.name: check.value for check in python.EnumCheck},
    "Enum": Enum,
    "Flag": Flag,
    "IntEnum": IntEnum,
    "IntFlag": IntFlag,
    "StrEnum": StrEnum,
    "auto": python.auto,
    "member": python.member,
    "nonmember": python.nonmember,
    "property": python.property,
    "unique": python.unique,
    "verify": verify,
}
