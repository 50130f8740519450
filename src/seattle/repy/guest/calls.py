"""What all API functions have in common: arguments by position, exactly as many as there are."""

from collections.abc import Callable
from functools import wraps
from types import MethodType
from typing import ParamSpec, TypeVar

from seattle.repy.guest.exceptions import RepyArgumentError

P = ParamSpec("P")
R = TypeVar("R")


def api_call(function: Callable[P, R]) -> Callable[P, R]:
    """Let a wrong number of arguments, or one by keyword, be a RepyArgumentError like any other wrong argument.

    Takes a function, or a bound method, whose object is then out of the program's reach.
    """
    plain = function.__func__ if isinstance(function, MethodType) else function
    code = plain.__code__
    wanted = [name for name in code.co_varnames[: code.co_argcount] if name != "self"]
    count = code.co_argcount - isinstance(function, MethodType)

    @wraps(plain)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        if kwargs or len(args) != count:
            raise RepyArgumentError(f"{plain.__name__} takes {', '.join(wanted) or 'no arguments'}, by position")
        return function(*args, **kwargs)

    del checked.__wrapped__
    return checked


def api_listing(method: Callable[..., R]) -> Callable[..., R]:
    """Like `api_call` for what takes any number of arguments, by position."""

    def plain(*args: object) -> R:
        return method(*args)

    return plain


def api_function(method: Callable[P, R]) -> Callable[P, R]:
    """Like `api_call` for what takes keywords, as Python's function of that name does."""

    @wraps(method)
    def plain(*args: P.args, **kwargs: P.kwargs) -> R:
        return method(*args, **kwargs)

    del plain.__wrapped__
    return plain
