"""The part of `contextlib` that hands no tracebacks to programs."""

import contextlib as python
from collections.abc import Callable, Generator
from typing import Any

from seattle.repy.language.modules.careful_functools import label


def contextmanager(function: Callable[..., Generator[Any, Any, Any]]) -> Callable[..., Any]:
    """Make a context manager of a generator function."""

    def helper(*args: Any, **kwargs: Any) -> Any:
        return python._GeneratorContextManager(function, args, kwargs)

    label(helper, function)
    return helper


MEMBERS = {
    "closing": python.closing,
    "contextmanager": contextmanager,
    "nullcontext": python.nullcontext,
    "suppress": python.suppress,
}
