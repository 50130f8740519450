"""`type` with one argument, and what it answers for values whose real class is not for programs.

Some classes make things when called: `type(f)` of a function makes functions out of code objects, and `type(int)`
makes classes with any content. A program gets their shadow: same name, good for isinstance(), not callable.
"""

import io
import types
from collections.abc import Callable
from typing import Any

from seattle.repy.language.immutable import freeze

_NOTHING = object()
_OFTEN_ASKED = frozenset({int, float, str, bytes, bool, list, tuple, dict, set, type(None)})


class Shadow(type):
    """The class of shadows. A shadow has the instances of the class that it stands for."""

    _Shadow__real: type  # the underscore pair keeps it from programs

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls._Shadow__real)

    def __subclasscheck__(cls, other: type) -> bool:
        return other is cls

    def __call__(cls, *_args: object, **_kwargs: object) -> Any:  # noqa: D102 - it says so itself
        raise TypeError(f"cannot create {cls.__name__!r} instances")

    def __repr__(cls) -> str:
        return f"<class {cls.__name__!r}>"


class _TypeShadow(Shadow):
    """The class of the builtin `type`, which can be called with one argument."""

    def __getitem__(cls, _parameters: object) -> Any:
        return cls  # for annotations: type[int]

    def __call__(cls, value: object = _NOTHING, /, *more: object, **options: object) -> Any:
        if more or options or value is _NOTHING:
            raise TypeError("type() takes one argument in Repy: write a class statement to make a class")
        kind = type(value)
        return kind if kind in _OFTEN_ASKED else shadow_of(kind)


def _shadow(real: type, kind: type[Shadow] = Shadow) -> Any:
    return kind(real.__name__, (), {"_Shadow__real": real, "__slots__": (), "__doc__": real.__doc__})


Type: Any = _shadow(type, _TypeShadow)

_MAKERS = (
    types.FunctionType,
    types.CodeType,
    types.FrameType,
    types.TracebackType,
    types.ModuleType,
    types.CellType,
    types.MethodType,
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
    types.GetSetDescriptorType,
    types.MappingProxyType,
    types.GenericAlias,  # reads any attribute of whatever it is made for
    type(Callable[[], None]),  # a subclass of it
    memoryview,
)
_SHADOWS: dict[type, Any] = {real: _shadow(real) for real in _MAKERS}

# What open files are made of. A buffer that is made around an object of the program's hands it a view of its own
# memory, which stays when that memory is gone: whoever keeps it reads and writes what comes there next.
_FILE = io.IOBase.__mro__[1]  # the base of those in C, too

freeze(Shadow, _TypeShadow, Type, *_SHADOWS.values())


def shadow_of(cls: type) -> Any:
    """What a program may see of this class: itself, or its shadow."""
    if issubclass(cls, type):
        return Type
    if issubclass(cls, _FILE) and cls not in _SHADOWS:
        _SHADOWS[cls] = _shadow(cls)
        freeze(_SHADOWS[cls])
    return _SHADOWS.get(cls, cls)
