"""The names of a namespace, as an object that a program can hold: all but those of the interpreter."""

from collections.abc import Iterator
from reprlib import recursive_repr
from typing import Any, NoReturn, Self, cast

from seattle.repy.language import names as rules

_MISSING = object()


class SafeDict:
    """A dictionary from plain names to values. Not a `dict`: nothing that takes one must reach what is hidden here.

    Wraps the globals of a namespace, which hold names that no program may see. So those are neither listed nor
    found, and they stay when it is cleared.
    """

    # Two underscores within a name: no program can spell these attributes.
    __slots__ = ("__weakref__", "is__whole", "the__names")

    the__names: dict[str, Any]
    is__whole: bool  # holds, or was copied from, all names of a program: see `derived.settle`

    def __new__(cls, start: object = None, /) -> Self:
        """An empty one, or a copy of a dict or SafeDict. Anything else counts as nothing, as in the reference."""
        new: Self = _wrap(cls, {})
        if type(start) is SafeDict:
            object.__setattr__(new, "is__whole", start.is__whole)
            new.update(start)
        elif type(start) is dict:
            new.update({key: start[key] for key in start if key not in ("__builtins__", "__doc__")})
        return new

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("SafeDict cannot be a base class")

    def __getitem__(self, key: str) -> Any:
        return self.the__names[_checked(key)]

    def __setitem__(self, key: str, value: object) -> None:
        self.the__names[_checked(key)] = value

    def __delitem__(self, key: str) -> None:
        del self.the__names[_checked(key)]

    def __contains__(self, key: str) -> bool:
        return _checked(key) in self.the__names

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __eq__(self, other: object) -> bool:
        if type(other) is SafeDict:
            return visible(self) == visible(other)
        if type(other) is dict:
            return visible(self) == other
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as for a dict

    @recursive_repr("SafeDict(...)")
    def __repr__(self) -> str:
        return f"SafeDict({visible(self)!r})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise TypeError("the attributes of a SafeDict cannot be changed; use context[name] = value")

    def __delattr__(self, name: str) -> NoReturn:
        raise TypeError("the attributes of a SafeDict cannot be changed; use del context[name]")

    def __copy__(self) -> "SafeDict":
        return self.copy()

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("use the copy() of a SafeDict")

    def keys(self) -> list[str]:
        """The names, in a list."""
        return [name for name in list(self.the__names) if _is_safe(name)]

    def values(self) -> list[Any]:
        """The values, in a list."""
        return list(visible(self).values())

    def items(self) -> list[tuple[str, Any]]:
        """Names and values, in a list."""
        return list(visible(self).items())

    def iterkeys(self) -> Iterator[str]:
        """The names."""
        return iter(self.keys())

    def itervalues(self) -> Iterator[Any]:
        """The values."""
        return iter(self.values())

    def iteritems(self) -> Iterator[tuple[str, Any]]:
        """Names and values."""
        return iter(self.items())

    def has_key(self, key: str) -> bool:
        """Whether the name is there."""
        return key in self

    def get(self, key: str, default: object = None) -> Any:
        """The value, or the default."""
        return self.the__names.get(_checked(key), default)

    def setdefault(self, key: str, default: object = None) -> Any:
        """The value; the default becomes it if there is none."""
        return self.the__names.setdefault(_checked(key), default)

    def pop(self, key: str, default: object = _MISSING) -> Any:
        """The value, which is taken out."""
        if default is _MISSING:
            return self.the__names.pop(_checked(key))
        return self.the__names.pop(_checked(key), default)

    def popitem(self) -> tuple[str, Any]:
        """The last name and its value, which are taken out."""
        for name in reversed(self.keys()):
            return name, self.the__names.pop(name)
        raise KeyError("popitem(): the SafeDict is empty")

    def update(self, other: object = (), /, **more: object) -> None:
        """Take over names and values of a dict or SafeDict. Changes nothing if one of the names is refused."""
        found = visible(other) if type(other) is SafeDict else dict(cast("dict[str, Any]", other))
        found.update(more)
        for key in found:
            _checked(key)
        self.the__names.update(found)

    def clear(self) -> None:
        """Take all names out."""
        for name in self.keys():
            self.the__names.pop(name, None)

    def copy(self) -> "SafeDict":
        """A copy of the names; where a value is this SafeDict itself, the copy has itself."""
        new = SafeDict(self)
        for name, value in new.items():
            if value is self:
                new[name] = new
        return new


def wrap(names: dict[str, Any], *, whole: bool = False) -> SafeDict:
    """A SafeDict on the very globals `names`."""
    new: SafeDict = _wrap(SafeDict, names, whole=whole)
    return new


def is_whole(value: object) -> bool:
    """Whether this is a SafeDict that has, or was copied from, all names of a program."""
    return type(value) is SafeDict and value.is__whole


def visible(context: SafeDict) -> dict[str, Any]:
    """What a program may see of it, as a dict of its own."""
    return {name: value for name, value in list(context.the__names.items()) if _is_safe(name)}


def is_safe_name(name: object) -> bool:
    """Whether a value may be the name of something in a namespace."""
    return type(name) is str and _is_safe(name)


def _wrap(cls: Any, names: dict[str, Any], *, whole: bool = False) -> Any:
    new = object.__new__(cls)
    object.__setattr__(new, "the__names", names)
    object.__setattr__(new, "is__whole", whole)
    return new


def _is_safe(name: str) -> bool:
    # What the checker relies on can't be bound in program text, and so not from outside either.
    return rules.is_plain(name) and rules.normalise(name) not in rules.RESERVED


def _checked(key: object) -> str:
    if type(key) is not str:
        raise TypeError(f"the names in a SafeDict are plain str, not {type(key).__name__}")
    if not _is_safe(key):
        raise ValueError(f"the name {key!r} is not part of Repy")
    return key
