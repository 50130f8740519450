"""Calls that are made of other calls, and must not be a way around them.

`open` is made of `openfile` and `removefile`, `print` of `log`. Where code gets a context in which somebody has put
another `openfile`, its `open` has to be one that uses that, or putting it there would have been for nothing. The same
holds for what `dylink` offers, which runs code with the calls in a context.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seattle.repy.guest.calls import api_function, function_of
from seattle.repy.guest.opened_over import open_over
from seattle.repy.guest.output import print_to, printed
from seattle.repy.guest.safe_dict import is_whole

DYLINK = ("dy_import_module", "dy_import_module_symbols", "dy_dispatch_module")

_PARTS: dict[str, tuple[str, ...]] = {"open": ("openfile", "removefile"), "print": ("log",)}
"""For each derived call what it is made of; the first part it can't do without."""


def made_of(function: Any, *parts: Any, name: str = "") -> Any:
    """The function as an API function, with a note that it is made of these parts."""
    call = api_function(function, name)
    function_of(call).made__of = parts  # no program can spell this attribute
    return call


def settle(calls: dict[str, Any], *, whole: bool, names: dict[str, Any] | None = None) -> None:
    """Make the derived calls among these of the calls that they stand beside.

    `names` are the globals of the code that has the calls, if it has them elsewhere than in its globals.

    Those that the program has put there itself stay. Where a part is missing altogether, `whole` decides: in a copy
    of all names somebody took it out, and the derived call goes with it; `{"print": print}` gives just that.
    """
    for name, parts in _PARTS.items():
        before = _mark(calls.get(name), "made__of")
        if before is None:
            continue
        now = [calls.get(part) for part in parts]
        changed = [new is not old for part, new, old in zip(parts, now, before, strict=True) if whole or part in calls]
        if not any(changed):
            continue
        if now[0] is None:
            del calls[name]
        else:
            calls[name] = made_of(_MAKERS[name](*now), *now)
    contexts = [context for name in DYLINK if (context := _mark(calls.get(name), "the__context")) is not None]
    own = calls if names is None else names
    if any(context.names is not own for context in contexts):
        contexts[0].of(own).enter(calls)
    elif not contexts and is_whole(calls.get("CHILD_CONTEXT")):  # it has the calls of whom it was made for
        del calls["CHILD_CONTEXT"]


def _mark(call: Any, name: str) -> Any:
    return getattr(function_of(call), name, None)


def _print_over(log: Callable[..., Any]) -> Callable[..., None]:
    def print(  # noqa: A001 - its name in tracebacks
        *values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
    ) -> None:
        text = printed(values, sep, end)
        if file is None:
            log(text)
        else:
            print_to(file, text, flush=flush)

    return print


_MAKERS: dict[str, Callable[..., Any]] = {"open": open_over, "print": _print_over}
