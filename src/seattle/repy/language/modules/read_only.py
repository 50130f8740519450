"""Tables that cannot be changed. Python's own view of a dict hands the dict to whatever it is compared with."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, Self

from seattle.repy.language.immutable import freeze


class Table:
    """What a dict is for reading, and nothing else."""

    __slots__ = ("_Table__items",)  # with an underscore pair: programs can't say it

    def __new__(cls, items: Mapping[Any, Any]) -> Self:
        """A copy of these items."""
        table = object.__new__(cls)
        object.__setattr__(table, "_Table__items", dict(items))
        return table

    def __getitem__(self, key: object) -> Any:
        return _ITEMS_OF(self)[key]

    def __contains__(self, key: object) -> bool:
        return key in _ITEMS_OF(self)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(_ITEMS_OF(self))

    def get(self, key: object, default: Any = None) -> Any:
        """The value, or the default."""
        return _ITEMS_OF(self).get(key, default)

    def keys(self) -> tuple[Any, ...]:
        """The keys."""
        return tuple(_ITEMS_OF(self))

    def values(self) -> tuple[Any, ...]:
        """The values."""
        return tuple(_ITEMS_OF(self).values())

    def items(self) -> tuple[tuple[Any, Any], ...]:
        """Keys and values."""
        return tuple(_ITEMS_OF(self).items())

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: tables cannot be changed")

    __delattr__ = __setattr__  # type: ignore[assignment]  # the missing second argument is an error as well

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("tables cannot be copied")


_ITEMS_OF: Any = Table.__dict__["_Table__items"].__get__
freeze(Table)
