"""What a program holds of something that the monitor has opened: a number that it can neither see, make nor copy."""

from typing import NoReturn, Self, TypeVar

H = TypeVar("H", bound="Handle")


class Handle:
    """Base of files and sockets. Made by `hold` alone: whoever could make one could reach another's files."""

    # Two underscores within a name: no program can spell this attribute.
    __slots__ = ("__weakref__", "the__number")

    the__number: int

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse."""
        raise TypeError(f"{cls.__name__} objects are opened, not made")

    def __copy__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} objects can't be copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} objects can't be copied")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} objects can't be copied")


def hold(kind: type[H], number: int) -> H:
    """A handle of this kind on what the monitor knows by `number`."""
    handle = object.__new__(kind)
    handle.the__number = number
    return handle
