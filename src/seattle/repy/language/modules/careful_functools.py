"""`functools`, with copies of metadata that copy metadata only.

Python's `wraps` copies whatever attributes it is told to, code and globals included, and its `singledispatch` evaluates
annotations that are text.
"""

import functools as python
from collections.abc import Callable
from inspect import get_annotations
from types import FunctionType
from typing import Any

from seattle.repy.language.guards import is_program_function
from seattle.repy.language.modules.facade import freeze_family
from seattle.repy.language.names import is_plain

_LABELS = ("__name__", "__qualname__", "__doc__")


def update_wrapper(wrapper: Any, wrapped: Any) -> Any:
    """Give `wrapper` the name and documentation of `wrapped`. Only functions of the program can be labelled."""
    if type(wrapper) is FunctionType and is_program_function(wrapper):
        label(wrapper, wrapped)
    return wrapper


def label(wrapper: Any, wrapped: Any) -> None:
    """Copy name and documentation to a function of ours or of the program."""
    for name in _LABELS:
        value = getattr(wrapped, name, None)
        if type(value) is str:
            setattr(wrapper, name, value)


def wraps(wrapped: Any) -> Callable[[Any], Any]:
    """A decorator that gives a function the name and documentation of `wrapped`."""

    def decorate(wrapper: Any) -> Any:
        return update_wrapper(wrapper, wrapped)

    return decorate


def lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:  # noqa: FBT001, FBT002 - Python's signature
    """A decorator that remembers results; `maxsize=None` remembers all of them."""
    if callable(maxsize):
        return _cached(maxsize, 128, typed=False)
    if maxsize is not None and not isinstance(maxsize, int):
        raise TypeError("Expected first argument to be an integer, a callable, or None")

    def decorate(function: Any) -> Any:
        return _cached(function, maxsize, typed=typed)

    return decorate


def cache(function: Any, /) -> Any:
    """A decorator that remembers all results."""
    return _cached(function, None, typed=False)


def cmp_to_key(mycmp: Callable[[Any, Any], Any]) -> Any:
    """As Python's. A frame of ours holds what is compared: C code that compares for a program might lose it."""
    if not callable(mycmp):
        raise TypeError("the comparison has to be callable")

    def compare(left: Any, right: Any) -> Any:
        return mycmp(left, right)

    return python.cmp_to_key(compare)


def _cached(function: Any, maxsize: int | None, *, typed: bool) -> Any:
    if not callable(function):
        raise TypeError("the decorated object must be callable")
    size = None if maxsize is None else max(int(maxsize), 0)
    # lru_cache itself would copy all attributes of the function; this is the part of it that remembers.
    wrapper: Any = python._lru_cache_wrapper
    cached = wrapper(function, size, bool(typed), python._CacheInfo)
    label(cached, function)
    return cached


class cached_property:  # noqa: N801 - Python's name
    """A property that is computed once for each instance."""

    __slots__ = ("__function", "__name")

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.__function = function
        self.__name: str | None = None

    def __set_name__(self, _owner: type, name: str) -> None:
        self.__name = name if is_plain(name) else None

    def __get__(self, instance: Any, _owner: type | None = None) -> Any:
        if instance is None:
            return self
        if self.__name is None:
            raise TypeError("cannot use cached_property without a plain name for it")
        value = self.__function(instance)
        setattr(instance, self.__name, value)
        return value


class singledispatch:  # noqa: N801 - Python's name
    """A function that chooses between its implementations by the type of its first argument."""

    __slots__ = ("__implementations", "__name__")

    def __init__(self, function: Callable[..., Any]) -> None:
        if not callable(function):
            raise TypeError("the decorated object must be callable")
        self.__implementations: dict[Any, Callable[..., Any]] = {object: function}
        name = getattr(function, "__name__", "function")
        self.__name__ = name if type(name) is str else "function"

    def register(self, kind: Any, implementation: Any = None) -> Any:
        """Add an implementation: `register(int, f)`, or as a decorator `@f.register(int)` or `@f.register`."""
        if isinstance(kind, type):
            if implementation is None:
                return lambda function: self.register(kind, function)
        elif type(kind) is FunctionType and implementation is None and is_program_function(kind):
            implementation, kind = kind, next(iter(get_annotations(kind).values()), None)
            if not isinstance(kind, type):
                raise TypeError("the first parameter needs an annotation that is a class: or write register(kind)")
        else:
            raise TypeError("register() takes a class and a function")
        self.__implementations[kind] = implementation
        return implementation

    def dispatch(self, kind: type) -> Callable[..., Any]:
        """The implementation for a class."""
        if kind in self.__implementations:
            return self.__implementations[kind]
        if not isinstance(kind, type):
            raise TypeError("dispatch() takes a class")
        found: Any = python._find_impl(kind, self.__implementations)  # type: ignore[attr-defined]  # typeshed leaves it out
        return found  # type: ignore[no-any-return]  # as above

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:  # noqa: D102 - the language says what it does
        if not args:
            raise TypeError(f"{self.__name__} requires at least 1 positional argument")
        return self.dispatch(type(args[0]))(*args, **kwargs)


freeze_family(cached_property, singledispatch)

MEMBERS = {
    "cache": cache,
    "cached_property": cached_property,
    "cmp_to_key": cmp_to_key,
    "lru_cache": lru_cache,
    "partial": python.partial,
    "reduce": python.reduce,
    "singledispatch": singledispatch,
    "total_ordering": python.total_ordering,
    "update_wrapper": update_wrapper,
    "wraps": wraps,
}
