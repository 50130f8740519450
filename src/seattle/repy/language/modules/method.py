"""Methods of classes written in Python that insist on an instance, as methods written in C do.

`Counter.copy(int)` would otherwise run `int.__class__(int)` for a program and hand it the real `type`; and a plain
function in a class carries attributes, through which two namespaces could talk.
"""

import types
from typing import Any, NoReturn

from seattle.repy.language.immutable import freeze


class Method:
    """A method of `owner`: callable on instances of it only, and unchangeable."""

    __slots__ = ("_Method__function", "_Method__owner", "__isabstractmethod__", "__name__")

    __name__: str
    __isabstractmethod__: bool

    def __get__(self, instance: object, _owner: type | None = None) -> Any:
        if instance is None:
            return self
        if _OWNER_OF(self) not in type(instance).__mro__:
            raise TypeError(f"{self.__name__}() belongs to {_OWNER_OF(self).__name__!r} objects")
        return types.MethodType(_FUNCTION_OF(self), instance)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:  # noqa: D102 - the language says what it does
        owner = _OWNER_OF(self)
        if not args or owner not in type(args[0]).__mro__:
            raise TypeError(f"{self.__name__}() needs an instance of {owner.__name__!r} as its first argument")
        return _FUNCTION_OF(self)(*args, **kwargs)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: this method cannot be changed")

    def __repr__(self) -> str:
        return f"<method {self.__name__!r} of {_OWNER_OF(self).__name__!r} objects>"


_FUNCTION_OF: Any = Method.__dict__["_Method__function"].__get__
_OWNER_OF: Any = Method.__dict__["_Method__owner"].__get__
freeze(Method)


# Functions in classes that Python calls without an instance.
_CALLED_BARE = frozenset({"_generate_next_value_"})


def strict_methods(cls: type) -> None:
    """Turn the functions and properties of a class that programs can name into strict ones."""
    for name, value in list(cls.__dict__.items()):
        if "__" in name or name in _CALLED_BARE:
            continue
        if type(value) is types.FunctionType:
            setattr(cls, name, method(cls, value))
        elif type(value) is property:
            get, put, delete = (part and method(cls, part) for part in (value.fget, value.fset, value.fdel))
            setattr(cls, name, property(get, put, delete, value.__doc__))


def method(cls: type, function: Any) -> Method:
    """A method of `cls` that does what the function does."""
    made = object.__new__(Method)
    for slot, value in (
        ("_Method__function", function),
        ("_Method__owner", cls),
        ("__name__", getattr(function, "__name__", "method")),
        ("__isabstractmethod__", getattr(function, "__isabstractmethod__", False)),
    ):
        object.__setattr__(made, slot, value)
    return made
