"""Module-like objects that programs import, and the functions in them: nothing in them can be changed."""

import functools
import types
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, NoReturn, Self

from seattle.repy.language.immutable import freeze, is_frozen
from seattle.repy.language.modules.method import strict_methods


class Facade:
    """What `import json` gives a program. It has no module behind it and no `__name__` to find one by."""

    __slots__ = ("_Facade__name", "__dict__")  # the first has an underscore pair: programs can't say it

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:  # noqa: D102 - it says so itself
        raise TypeError("modules are imported, not made")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: modules cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"cannot delete {name!r}: modules cannot be changed")

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"module {_NAME_OF(self)!r} has no attribute {name!r} in Repy")

    def __repr__(self) -> str:
        return f"<module {_NAME_OF(self)!r}>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("modules cannot be copied")


_NAME_OF: Callable[[Facade], str] = Facade.__dict__["_Facade__name"].__get__


class Function:
    """A Python function of the standard library, without the attributes that a function can be given."""

    __slots__ = ("_Function__function", "__name__")

    __name__: str

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:  # noqa: D102 - it says so itself
        raise TypeError("cannot create functions by calling")

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:  # noqa: D102 - the language says what it does
        return self.__function(*args, **kwargs)  # type: ignore[attr-defined]  # set by `function` below

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: this function cannot be changed")

    __delattr__ = __setattr__  # type: ignore[assignment]  # the missing second argument is an error as well

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"

    def __copy__(self) -> "Function":
        return self

    def __deepcopy__(self, _memo: object) -> "Function":
        return self


freeze(Facade, Function)


class OnceProperty:
    """A `cached_property` in a class of the standard library, whose function can't be replaced."""

    __slots__ = ("_OnceProperty__function", "_OnceProperty__name", "_OnceProperty__owner")

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse: it writes to an instance's dict under its name, and that could be any, special ones too."""
        raise TypeError("properties of the standard library are not made by programs")

    def __get__(self, instance: Any, _owner: type | None = None) -> Any:
        if instance is None:
            return self
        if self.__owner not in type(instance).__mro__:  # type: ignore[attr-defined]  # set above
            raise TypeError(f"{self.__name} belongs to {self.__owner.__name__!r} objects")  # type: ignore[attr-defined]  # as above
        value = vars(instance)[self.__name] = self.__function(instance)  # type: ignore[attr-defined]  # set above
        return value

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: this property cannot be changed")


freeze(OnceProperty)


def _once(owner: type, name: str, getter: Callable[[Any], Any]) -> OnceProperty:
    """For the attribute `name` of instances of `owner`."""
    once = object.__new__(OnceProperty)
    object.__setattr__(once, "_OnceProperty__owner", owner)
    object.__setattr__(once, "_OnceProperty__name", name)
    object.__setattr__(once, "_OnceProperty__function", getter)
    return once


_REMEMBERING = type(functools.lru_cache(len))  # a function that takes attributes, too


def facade(name: str, members: Mapping[str, object]) -> Facade:
    """A facade with these members, each made safe by `expose`."""
    module = object.__new__(Facade)
    object.__setattr__(module, "_Facade__name", name)
    vars(module).update({key: expose(value) for key, value in members.items()})
    return module


def expose(value: object) -> object:
    """The form of a value in which namespaces may share it.

    Raises TypeError for values that must not be shared at all: modules, and containers that could be changed.
    """
    if isinstance(value, types.FunctionType | _REMEMBERING):
        return function(value)
    if isinstance(value, type):
        freeze_family(value)
        return value
    if isinstance(value, Enum):  # members can be changed like any object
        return value.value
    if isinstance(value, set):
        return frozenset(value)
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, types.ModuleType | dict):
        raise TypeError(f"{type(value).__name__} values cannot be shared between namespaces")
    return value


def function(python_function: Callable[..., Any]) -> Function:
    """The function, wrapped so that it cannot be changed."""
    wrapped = object.__new__(Function)
    object.__setattr__(wrapped, "_Function__function", python_function)
    object.__setattr__(wrapped, "__name__", python_function.__name__)
    return wrapped


def freeze_family(*classes: type) -> None:
    """Freeze classes, and make their methods strict, together with all that they inherit from."""
    family = {base for cls in classes for base in cls.__mro__}
    for cls in family:
        if not is_frozen(cls):
            if "_field_defaults" in cls.__dict__:
                cls._field_defaults = ()  # type: ignore[attr-defined]  # a named tuple: for show, and it was a dict
            strict_methods(cls)
            for name, value in list(cls.__dict__.items()):
                if isinstance(value, staticmethod) and "__" not in name and type(value.__func__) is types.FunctionType:
                    setattr(cls, name, staticmethod(function(value.__func__)))
                elif isinstance(value, functools.cached_property):
                    setattr(cls, name, _once(cls, name, value.func))
    freeze(*family)


def seal_instances(cls: type) -> None:
    """Refuse, from now on, new attributes of the instances of a class that has no state."""

    def refuse(_self: object, name: str, _value: object = None) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: this object cannot be changed")

    cls.__setattr__ = cls.__delattr__ = refuse  # type: ignore[assignment]  # for every signature there is
    freeze(cls)


def freeze_classes_of(modules: Iterable[types.ModuleType]) -> None:
    """Freeze every class that lives in the modules, public or not: calls may return instances of any of them."""
    for module in modules:
        own = [value for value in vars(module).values() if isinstance(value, type)]
        freeze_family(*(cls for cls in own if not issubclass(cls, type)))
