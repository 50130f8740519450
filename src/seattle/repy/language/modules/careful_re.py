"""`re`, which remembers patterns and templates under plain keys only, and shows nobody its table of escapes."""

import re as python
from collections.abc import Callable
from typing import Any

from seattle.repy.language.names import words
from seattle.repy.language.plain import plain


def escape(pattern: Any) -> Any:
    """As Python's."""
    return python.escape(plain(pattern))


def _remembering(name: str) -> None:
    remembered: Callable[..., Any] = getattr(python, name)

    def remember(first: Any, second: Any) -> Any:
        return remembered(plain(first), plain(second))

    remember.cache_clear = getattr(remembered, "cache_clear", None)  # type: ignore[attr-defined]  # for re.purge
    setattr(python, name, remember)


# All of `re` goes through the first; C code looks one of the others up in the module, whichever this Python has.
for _name in ("_compile", "_compile_repl", "_compile_template"):
    if hasattr(python, _name):
        _remembering(_name)

MEMBERS = {
    **{
        name: getattr(python, name)
        for name in words(
            "A ASCII DOTALL I IGNORECASE L LOCALE M MULTILINE Match NOFLAG Pattern PatternError S U UNICODE VERBOSE X "
            "compile error findall finditer fullmatch match search split sub subn"
        )
        if hasattr(python, name)  # some are newer than others
    },
    "escape": escape,
}
