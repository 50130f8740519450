"""The part of `contextlib` that hands no tracebacks to programs."""

import contextlib as python
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, Self

from seattle.repy.language.modules.careful_functools import label
from seattle.repy.language.modules.facade import freeze_family


def contextmanager(function: Callable[..., Generator[Any, Any, Any]]) -> Callable[..., Any]:
    """Make a context manager of a generator function."""

    def helper(*args: Any, **kwargs: Any) -> GeneratorManager:
        return GeneratorManager(lambda: function(*args, **kwargs))

    label(helper, function)
    return helper


class GeneratorManager:
    """What a function returns that `contextmanager` has decorated. Python's hands the traceback to the generator."""

    __slots__ = ("__generator", "__start")

    def __init__(self, start: Callable[[], Any]) -> None:
        self.__start = start
        self.__generator = start()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function: each call is made within a manager of its own."""

        def inner(*args: Any, **kwargs: Any) -> Any:
            with GeneratorManager(self.__start):
                return function(*args, **kwargs)

        label(inner, function)
        return inner

    def __enter__(self) -> Any:
        try:
            return next(self.__generator)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, _kind: object, error: BaseException | None, traceback: TracebackType | None) -> bool:
        try:
            if error is None:
                next(self.__generator)
            else:
                self.__generator.throw(error)
        except StopIteration as stop:
            return error is not None and stop is not error
        except BaseException as again:
            # What comes out as it went in, or as Python wraps it on its way out, is the error itself.
            wrapped = isinstance(again, RuntimeError) and isinstance(error, StopIteration) and again.__cause__ is error
            if error is None or (again is not error and not wrapped):
                raise
            error.__traceback__ = traceback
            return False
        try:
            raise RuntimeError("generator didn't stop" if error is None else "generator didn't stop after throw()")
        finally:
            self.__generator.close()


class ExitStack:
    """Context managers and functions that are left, the last one first, when the block ends."""

    __slots__ = ("__leave",)

    def __init__(self) -> None:
        self.__leave: list[Callable[[BaseException | None], Any]] = []

    def enter_context(self, manager: Any) -> Any:
        """Enter the manager now and leave it at the end; what `as` would give."""
        leave = self.__leaving(manager)
        result = type(manager).__enter__(manager)
        self.__leave.append(leave)
        return result

    def push(self, manager: Any) -> Any:
        """Leave the manager at the end, or call the function as `__exit__` is called; the argument itself."""
        if hasattr(type(manager), "__exit__"):
            self.__leave.append(self.__leaving(manager))
        else:
            self.__leave.append(lambda error: manager(error and type(error), error, None))
        return manager

    def callback(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """Call the function at the end; the function itself."""

        def call(_error: BaseException | None) -> None:
            function(*args, **kwargs)

        self.__leave.append(call)
        return function

    def pop_all(self) -> Self:
        """Another stack, which has all that this one had."""
        other = type(self)()
        other.__leave, self.__leave = self.__leave, []
        return other

    def close(self) -> None:
        """Leave all of them now."""
        self.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        came_with = pending = error
        while self.__leave:
            try:
                if self.__leave.pop()(pending):
                    pending = None
            except BaseException as again:  # noqa: BLE001 - it goes on to the next one, and to the caller at last
                if again.__context__ is None and again is not pending:
                    again.__context__ = pending
                pending = again
        if pending is not None and pending is not came_with:
            raise pending
        return came_with is not None and pending is None

    @staticmethod
    def __leaving(manager: Any) -> Callable[[BaseException | None], Any]:
        kind = type(manager)
        if not (hasattr(kind, "__enter__") and hasattr(kind, "__exit__")):
            raise TypeError(f"{kind.__name__!r} object does not support the context manager protocol")
        # Those that programs define take the traceback away themselves, and Python's own keep it to themselves.
        return lambda error: kind.__exit__(manager, error and type(error), error, error and error.__traceback__)


freeze_family(ExitStack, GeneratorManager)

MEMBERS = {
    "AbstractContextManager": python.AbstractContextManager,
    "ExitStack": ExitStack,
    "closing": python.closing,
    "contextmanager": contextmanager,
    "nullcontext": python.nullcontext,
    "suppress": python.suppress,
}
