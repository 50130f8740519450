"""`pprint`, which prints where the program prints. Not the class: it holds a table of what formats what."""

import pprint as python
from collections.abc import Callable, Mapping
from typing import Any

from seattle.repy.language.names import words


class ByIdentity:
    """A table that never compares: the `__repr__` of a class may be any object of the program's."""

    __slots__ = ("__items",)

    def __init__(self, items: Mapping[Any, Any]) -> None:
        self.__items = {id(key): (key, value) for key, value in items.items()}  # an id means its key while that lives

    def get(self, key: object, default: Any = None) -> Any:
        """The value, or the default."""
        return self.__items.get(id(key), (key, default))[1]


python.PrettyPrinter._dispatch = ByIdentity(python.PrettyPrinter._dispatch)  # type: ignore[attr-defined]  # typeshed leaves it out


def members(calls: Mapping[str, Any]) -> dict[str, object]:
    """Members that use the `print` among these calls."""
    shown: dict[str, object] = {
        name: getattr(python, name) for name in words("isreadable isrecursive pformat saferepr")
    }
    if callable(say := calls.get("print")):
        shown["pprint"], shown["pp"] = _printers(say)
    return shown


def _printers(say: Callable[..., object]) -> tuple[Callable[..., None], Callable[..., None]]:
    def pprint(object: object, stream: Any = None, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - Python's name
        text = python.pformat(object, *args, **kwargs)
        if stream is None:
            say(text)
        else:
            stream.write(text + "\n")

    def pp(object: object, *args: Any, sort_dicts: bool = False, **kwargs: Any) -> None:  # noqa: A002 - as above
        pprint(object, *args, sort_dicts=sort_dicts, **kwargs)

    return pprint, pp
