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


class PlainProperty(python.property):
    """`enum.property`, which can't be changed: the attribute that it reads is named in attributes of its own."""

    def __init__(self, fget: Any = None, fset: Any = None, fdel: Any = None, doc: Any = None) -> None:
        made = python.property(fget, fset, fdel, doc)
        for name, value in vars(made).items():
            object.__setattr__(self, name, value)

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("enum.property cannot be a base class in Repy")

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "clsname", owner.__name__)

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: this property cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"cannot delete {name!r}: this property cannot be changed")


def verify(*checks: str) -> Any:
    """As Python's."""
    verified = python.verify(*map(python.EnumCheck, checks))  # it holds members of an enumeration: out of reach

    def decorate(enumeration: Any) -> Any:
        return verified(enumeration)

    return decorate


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
        else:  # also `_boundary_`, a member of another enumeration: no program can name it
            continue
        type.__setattr__(cls, name, sealed)


for _own in (Enum, Flag, IntEnum, IntFlag, StrEnum):
    for _base in _own.__mro__:
        if isinstance(_base, python.EnumMeta):
            _seal(_base)
freeze(ClassSyntaxOnly, PlainProperty, Row)
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
    "property": PlainProperty,
    "unique": python.unique,
    "verify": verify,
}
