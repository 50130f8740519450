"""`dataclasses`, with fields that can only have the names of fields.

Python writes the text of `__init__` from the names in Field objects and runs it, and a Field can be renamed by
whoever holds it. Ours refuses to be called anything but a plain name, and `fields()` gives copies.
"""

import dataclasses as python
import inspect
import sys
import types
from typing import Any, NamedTuple, NoReturn

from seattle.repy.language.check import is_field_name
from seattle.repy.language.guards import GENERATED
from seattle.repy.language.modules.facade import freeze_family, seal_instances
from seattle.repy.language.names import normalise

# Python looks up the module of the class, and gives its globals to the methods that it writes. This one stands in:
# its builtins are what those methods need, and no more.
_WORKSHOP = types.ModuleType("repy-dataclasses")
vars(_WORKSHOP)["__builtins__"] = {
    GENERATED: True,
    **{kind.__name__: kind for kind in (type, super, tuple, object)},
    "hash": hash,
    "NotImplemented": NotImplemented,
}
sys.modules[_WORKSHOP.__name__] = _WORKSHOP


class PlainlyNamedField(python.Field):  # type: ignore[type-arg]  # what it holds is the program's business
    """What `field(...)` returns."""

    __slots__ = ()

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("fields are made by field()")

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "name" and value is not None and not (type(value) is str and is_field_name(value)):
            raise TypeError(f"a field cannot be named {value!r}")
        super().__setattr__(name, value)


freeze_family(PlainlyNamedField)


def field(
    *,
    default: Any = python.MISSING,
    default_factory: Any = python.MISSING,
    init: bool = True,
    repr: bool = True,  # noqa: A002 - Python's signature
    hash: bool | None = None,  # noqa: A002 - Python's signature
    compare: bool = True,
    metadata: Any = None,
    kw_only: Any = python.MISSING,
) -> PlainlyNamedField:
    """As Python's."""
    if default is not python.MISSING and default_factory is not python.MISSING:
        raise ValueError("cannot specify both default and default_factory")
    own = {} if metadata is None else metadata  # or all fields would share one empty mapping
    return PlainlyNamedField(default, default_factory, init, repr, hash, compare, own, kw_only)


class Field(NamedTuple):
    """What `fields(...)` tells of a field."""

    name: str
    type: Any
    default: Any
    default_factory: Any
    init: bool
    repr: bool
    hash: bool | None
    compare: bool
    kw_only: bool


def dataclass(cls: Any = None, /, **options: Any) -> Any:
    """As Python's, except that fields can't have the names `format`, `format_map` and `obj`."""
    if not all(type(option) is str for option in options):
        raise TypeError("the options of dataclass() are named by plain strings")  # another could lie about its name
    if "slots" in options or "weakref_slot" in options:
        raise TypeError("dataclass(slots=True) is not part of Repy: write __slots__ in the class")
    if cls is None:
        return lambda decorated: _make(decorated, options)
    return _make(cls, options)


def _make(cls: Any, options: dict[str, Any]) -> Any:
    if not isinstance(cls, type):
        raise TypeError("dataclass() decorates classes")
    for name in inspect.get_annotations(cls):
        if type(name) is not str or normalise(name) != name or not is_field_name(name):
            raise TypeError(f"a field cannot be named {name!r}")
    if cls.__doc__ is None:
        cls.__doc__ = cls.__name__  # or Python would write one, from the text of everybody's annotations
    home = cls.__module__
    cls.__module__ = _WORKSHOP.__name__
    try:
        return python.dataclass(cls, **options)
    finally:
        cls.__module__ = home


def fields(instance_or_class: Any) -> tuple[Field, ...]:
    """Copies of the field descriptions."""
    return tuple(
        Field(f.name, f.type, f.default, f.default_factory, f.init, f.repr, f.hash, f.compare, bool(f.kw_only))
        for f in python.fields(instance_or_class)
    )


freeze_family(Field)
seal_instances(type(python.MISSING))
seal_instances(type(python.KW_ONLY))
seal_instances(type(python._FIELD))  # type: ignore[attr-defined]  # typeshed leaves it out; fields hold it

MEMBERS = {
    "FrozenInstanceError": python.FrozenInstanceError,
    "KW_ONLY": python.KW_ONLY,
    "MISSING": python.MISSING,
    "asdict": python.asdict,
    "astuple": python.astuple,
    "dataclass": dataclass,
    "field": field,
    "fields": fields,
    "is_dataclass": python.is_dataclass,
    "replace": python.replace,
}
