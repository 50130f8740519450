"""Calls that are made of other calls, and must not be a way around them.

`open` is made of `openfile` and `removefile`, `print` of `log`. Where code gets a context in which somebody has put
another `openfile`, its `open` has to be one that uses that, or putting it there would have been for nothing. The same
holds for what `dylink` offers, which runs code with the calls in a context.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from seattle.repy.guest.exceptions import RepyArgumentError
from seattle.repy.guest.opened_over import open_over

_made: WeakKeyDictionary[FunctionType, tuple[Any, ...]] = WeakKeyDictionary()
"""For every derived call of ours: what it is made of."""

_PARTS: dict[str, tuple[str, ...]] = {"open": ("openfile", "removefile"), "print": ("log",)}
"""For each derived call what it is made of; the first part it can't do without."""


def made_of(function: Any, *parts: Any) -> Any:
    """Note that `function` is made of these parts; the function."""
    _made[function] = parts
    return function


def settle(names: dict[str, Any], *, whole: bool) -> None:
    """Make the derived calls among these names of the calls that they stand beside.

    Those that the program has put there itself stay. Where a part is missing altogether, `whole` decides: in a copy
    of all names somebody took it out, and the derived call goes with it; `{"print": print}` gives just that.
    """
    for name, parts in _PARTS.items():
        function = names.get(name)
        before = _made.get(function) if type(function) is FunctionType else None
        if before is None:
            continue
        now = [names.get(part) for part in parts]
        changed = [new is not old for part, new, old in zip(parts, now, before, strict=True) if whole or part in names]
        if not any(changed):
            continue
        if now[0] is None:
            del names[name]
        else:
            names[name] = made_of(_MAKERS[name](*now), *now)


def _print_over(log: Callable[..., Any]) -> Callable[..., None]:
    def print(  # noqa: A001 - its name in tracebacks
        *values: object, sep: str | None = " ", end: str | None = "\n", file: None = None, flush: bool = False
    ) -> None:
        del flush
        if file is not None:
            raise RepyArgumentError("print writes to the vessel's log only; leave out file=")
        separator, ending = " " if sep is None else sep, "\n" if end is None else end
        if type(separator) is not str or type(ending) is not str:
            raise RepyArgumentError("sep and end have to be a str or None")
        log(separator.join([str(value) for value in values]) + ending)

    return print


_MAKERS: dict[str, Callable[..., Any]] = {"open": open_over, "print": _print_over}
