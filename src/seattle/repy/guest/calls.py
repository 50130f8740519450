"""What all API functions have in common: arguments by position, exactly as many as there are, and nothing to change.

Namespaces share the functions of the API. A plain function carries attributes, through which they could reach each
other; a function that is bound to an object does not. So a program gets each of them bound, to nothing in particular.
"""

from collections.abc import Callable
from functools import wraps
from types import FunctionType, MethodType
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from seattle.repy.guest.exceptions import RepyArgumentError
from seattle.repy.language.immutable import freeze

P = ParamSpec("P")
R = TypeVar("R")
W = TypeVar("W", bound=Callable[..., Any])


class _Repy:
    """What the functions of the API are bound to."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Repy"

    def __deepcopy__(self, _memo: object) -> "_Repy":
        return self


freeze(_Repy)
_REPY = _Repy()


def fixed(function: Callable[Concatenate[Any, P], R], name: str) -> Callable[P, R]:
    """The function under a name, unchangeable. Its first parameter is not for its callers."""
    function.__name__ = function.__qualname__ = name
    return cast("Callable[P, R]", MethodType(function, _REPY))


def function_of(call: object) -> Any:
    """What is behind something that `fixed` made; None for all else."""
    is_ours = type(call) is MethodType and call.__self__ is _REPY
    return call.__func__ if is_ours else None  # type: ignore[attr-defined]  # mypy does not take `is_ours` as a proof


def api_call(function: Callable[P, R], name: str = "") -> Callable[P, R]:
    """Let a wrong number of arguments, or one by keyword, be a RepyArgumentError like any other wrong argument.

    Takes a function, a bound method, whose object is then out of the program's reach, or, in the body of a class, a
    method. `name` is what programs call it by, if that is not its own name.
    """
    plain = _plain(function)
    code = plain.__code__
    parameters = [parameter for parameter in code.co_varnames[: code.co_argcount] if parameter != "self"]
    most = len(parameters)
    least = most - len(plain.__defaults__ or ())
    name = name or plain.__name__
    run = cast("Callable[..., R]", function)

    def wrong() -> RepyArgumentError:
        return RepyArgumentError(f"{name} takes {', '.join(parameters) or 'no arguments'}, by position")

    if code.co_varnames[:1] == ("self",) and not isinstance(function, MethodType):

        def method(self: Any, /, *args: Any, **kwargs: Any) -> R:
            if kwargs or not least <= len(args) <= most:
                raise wrong()
            return run(self, *args)

        return cast("Callable[P, R]", _described(method, plain))

    def call(_repy: object, /, *args: Any, **kwargs: Any) -> R:
        if kwargs or not least <= len(args) <= most:
            raise wrong()
        return run(*args)

    return fixed(_described(call, plain), name)


def api_listing(method: Callable[..., R], name: str) -> Callable[..., R]:
    """Like `api_call` for what takes any number of arguments, by position."""

    def listing(_repy: object, /, *args: object, **kwargs: object) -> R:
        if kwargs:
            raise RepyArgumentError(f"{name} takes its arguments by position")
        return method(*args)

    return fixed(_described(listing, _plain(method)), name)


def api_function(method: Callable[P, R], name: str = "") -> Callable[P, R]:
    """Like `api_call` for what takes keywords, as Python's function of that name does."""
    plain = _plain(method)

    def free(_repy: object, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(*args, **kwargs)

    return fixed(_described(free, plain), name or plain.__name__)


def _plain(function: Callable[..., Any]) -> FunctionType:
    return cast("FunctionType", function.__func__ if isinstance(function, MethodType) else function)


def _described(wrapper: W, plain: FunctionType) -> W:
    """The wrapper with what the reference page wants to know, under a name that no program can spell."""
    wraps(plain)(wrapper)
    del wrapper.__wrapped__  # type: ignore[attr-defined]  # set by `wraps`
    wrapper.the__plain = plain  # type: ignore[attr-defined]  # a function takes any
    return wrapper
