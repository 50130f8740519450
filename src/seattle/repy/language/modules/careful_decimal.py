"""`decimal`, with contexts whose flags and traps stay with them.

Python's hands out the flags of a context as a window on its memory. Whoever keeps that for longer than the context
writes into what comes there next. The contexts here keep the window to themselves and show the flags one by one.
The templates of contexts are left out, for each new thread begins with one of them.
"""

import decimal as python
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from seattle.repy.language.modules.facade import freeze_family
from seattle.repy.language.names import words

_SAME = words(
    "Clamped ConversionSyntax Decimal DecimalException DecimalTuple DivisionByZero DivisionImpossible "
    "DivisionUndefined FloatOperation Inexact InvalidContext InvalidOperation MAX_EMAX MAX_PREC MIN_EMIN MIN_ETINY "
    "Overflow ROUND_05UP ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP "
    "ROUND_UP Rounded Subnormal Underflow"
)
_SETTINGS = words("prec rounding Emin Emax capitals clamp")
_METHODS = tuple(
    name
    for name, value in vars(python.Context).items()
    if callable(value) and not name.startswith("_") and name != "copy"
)


class Signals:
    """The flags of a context, or its traps: which are raised, by signal."""

    __slots__ = ("__name", "__real")

    def __init__(self, real: "Context", name: str) -> None:
        if type(real) is not Context or name not in ("flags", "traps"):
            raise TypeError("the flags of a context are not made by calling")
        self.__real = _REAL_OF(real)
        self.__name = name

    def __getitem__(self, signal: object) -> bool:
        return bool(getattr(self.__real, self.__name)[signal])

    def __setitem__(self, signal: object, value: object) -> None:
        getattr(self.__real, self.__name)[signal] = value

    def __contains__(self, signal: object) -> bool:
        return signal in self.keys()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __eq__(self, other: object) -> bool:
        return dict(self.items()) == (dict(other.items()) if type(other) is Signals else other)

    __hash__ = None  # type: ignore[assignment]  # as for a dict

    def __repr__(self) -> str:
        return repr(dict(self.items()))

    def keys(self) -> list[Any]:
        """All signals."""
        return list(getattr(self.__real, self.__name))

    def values(self) -> list[bool]:
        """For each signal whether it is raised."""
        return [self[signal] for signal in self.keys()]

    def items(self) -> list[tuple[Any, bool]]:
        """Signals, and whether they are raised."""
        return [(signal, self[signal]) for signal in self.keys()]


class Context:
    """How numbers are rounded, and what is an error."""

    __slots__ = ("_Context__real",)

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """As Python's, with the same arguments."""
        made: Self = _around(python.Context(*args, **kwargs), cls)
        return made

    def __init_subclass__(cls) -> None:
        raise TypeError("Context cannot be a base class in Repy")

    @property
    def flags(self) -> Signals:
        """What has happened so far."""
        return Signals(self, "flags")

    @flags.setter
    def flags(self, raised: Mapping[Any, bool]) -> None:
        _REAL_OF(self).flags = dict(raised.items())

    @property
    def traps(self) -> Signals:
        """What is an error."""
        return Signals(self, "traps")

    @traps.setter
    def traps(self, raised: Mapping[Any, bool]) -> None:
        _REAL_OF(self).traps = dict(raised.items())

    def copy(self) -> "Context":
        """Another one with the same settings."""
        copied: Context = _around(_REAL_OF(self).copy(), Context)
        return copied

    __copy__ = copy

    def __deepcopy__(self, _memo: object) -> "Context":
        return self.copy()

    def __reduce_ex__(self, _protocol: object) -> Any:
        raise TypeError("use the copy() of a context")

    def __repr__(self) -> str:
        return repr(_REAL_OF(self))


_REAL_OF: Any = Context.__dict__["_Context__real"].__get__


def _around(real: python.Context, cls: Any) -> Any:
    context = object.__new__(cls)
    Context.__dict__["_Context__real"].__set__(context, real)
    return context


def _setting(name: str) -> property:
    def get(context: Context) -> Any:
        return getattr(_REAL_OF(context), name)

    def put(context: Context, value: Any) -> None:
        setattr(_REAL_OF(context), name, value)

    return property(get, put)


def _passed_on(name: str) -> Callable[..., Any]:
    def method(self: Context, /, *args: Any, **kwargs: Any) -> Any:
        return getattr(_REAL_OF(self), name)(*args, **kwargs)

    method.__name__ = method.__qualname__ = name
    return method


for _name in _SETTINGS:
    setattr(Context, _name, _setting(_name))
for _name in _METHODS:
    setattr(Context, _name, _passed_on(_name))


class LocalContext:
    """What `localcontext(...)` returns: the context of a thread is changed for a `with` block only."""

    __slots__ = ("__manager",)

    def __init__(self, ctx: Any = None, **settings: Any) -> None:
        self.__manager = python.localcontext(_REAL_OF(ctx) if type(ctx) is Context else ctx, **settings)

    def __enter__(self) -> Context:
        context: Context = _around(self.__manager.__enter__(), Context)
        return context

    def __exit__(self, *_: object) -> None:
        self.__manager.__exit__(None, None, None)


def getcontext() -> Context:
    """The context of this thread."""
    context: Context = _around(python.getcontext(), Context)
    return context


def setcontext(ctx: Context, /) -> None:
    """Make this the context of the thread."""
    if type(ctx) is not Context:
        raise TypeError("the argument of setcontext() is a Context")
    python.setcontext(_REAL_OF(ctx))


def leave_caller_s_context() -> None:
    """Go on with a copy of the context of the thread: code that is run by other code changes nothing in that's own."""
    python.setcontext(python.getcontext().copy())


freeze_family(Context, LocalContext, Signals)

MEMBERS = {
    **{name: getattr(python, name) for name in _SAME},
    "Context": Context,
    "getcontext": getcontext,
    "localcontext": LocalContext,
    "setcontext": setcontext,
}
