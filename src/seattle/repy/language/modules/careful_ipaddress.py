"""`ipaddress`, in which what all its addresses share can't be changed.

Python's classes hold lists of well-known networks, whose attributes can be set, and a cache of netmasks, which can be
filled with anything. Whoever did would decide for every other namespace what a private address is.
"""

import ipaddress as python
from collections.abc import Mapping
from typing import Any, NoReturn, Self

from seattle.repy.language.immutable import freeze
from seattle.repy.language.names import words

_NAMES = words(
    "AddressValueError IPV4LENGTH IPV6LENGTH IPv4Address IPv4Interface IPv4Network IPv6Address IPv6Interface "
    "IPv6Network NetmaskValueError collapse_addresses get_mixed_type_key ip_address ip_interface ip_network "
    "summarize_address_range v4_int_to_packed v6_int_to_packed"
)


class WellKnown:
    """A well-known network or address. It says what lies in it, and no more."""

    __slots__ = ("_WellKnown__real",)

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse."""
        raise TypeError("well-known networks are not made by programs")

    def __contains__(self, address: object) -> bool:
        return address in _REAL_OF(self)

    @property
    def _ip(self) -> int:  # Python's == of addresses reads this and the next
        return int(_REAL_OF(self))

    @property
    def _version(self) -> int:
        version: int = _REAL_OF(self).version
        return version

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: well-known networks cannot be changed")


_REAL_OF: Any = WellKnown.__dict__["_WellKnown__real"].__get__


def _well_known(real: object) -> WellKnown:
    known = object.__new__(WellKnown)
    object.__setattr__(known, "_WellKnown__real", real)
    return known


class _NoCache:
    """Stands in for a class while it makes a netmask: what it would keep is forgotten."""

    def __init__(self, cls: type) -> None:
        self._cls = cls
        self._netmask_cache: dict[object, object] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cls, name)


def _without_cache(base: Any) -> None:
    make = base._make_netmask.__func__

    def _make_netmask(cls: type, arg: object) -> object:
        return make(_NoCache(cls), arg)

    base._make_netmask = classmethod(_make_netmask)
    del base._netmask_cache


def _seal(constants: type) -> type:
    """The constants, as a class that can't be changed and leads to nothing that can."""
    sealed: dict[str, object] = {"__slots__": ()}
    for name, value in vars(constants).items():
        if "__" not in name:
            sealed[name] = tuple(map(_well_known, value)) if isinstance(value, list) else _well_known(value)
    cls = type(constants.__name__, (), sealed)
    freeze(cls)
    return cls


def _make_safe() -> Mapping[str, object]:
    for base in (python._BaseV4, python._BaseV6):
        _without_cache(base)
    for version in (4, 6):
        sealed = _seal(getattr(python, f"_IPv{version}Constants"))
        for kind in ("Address", "Network"):
            cls: Any = getattr(python, f"IPv{version}{kind}")
            cls._constants = sealed
        setattr(python, f"_IPv{version}Constants", sealed)
    return {name: getattr(python, name) for name in _NAMES}


freeze(WellKnown)

MEMBERS = _make_safe()
