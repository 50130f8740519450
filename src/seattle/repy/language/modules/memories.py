"""What modules remember for the whole process, made safe: nothing is kept under a key that could lie.

`re` and `struct`, where the keys come from programs more directly, have files of their own.
"""

import _strptime  # type: ignore[import-not-found]  # typeshed leaves it out
import fractions
import ipaddress
import urllib.parse
from typing import Any

from seattle.repy.language.plain import plain


def make_safe() -> None:
    """Change the modules, before any program runs."""
    _keep_under_plain_keys(_strptime, "_strptime")
    _keep_under_plain_keys(urllib.parse, "_byte_quoter_factory")
    _keep_under_plain_keys(fractions, "_hash_algorithm")
    for cls in (ipaddress.IPv4Address, ipaddress.IPv4Network, ipaddress.IPv6Address, ipaddress.IPv6Network):
        _forget(cls)


def _keep_under_plain_keys(module: Any, name: str) -> None:
    remembered = getattr(module, name, None)
    if remembered is None:  # this Python remembers nothing there
        return

    def remember(*args: Any) -> Any:
        return remembered(*map(plain, args))

    remember.cache_clear = getattr(remembered, "cache_clear", None)  # type: ignore[attr-defined]  # for the module itself
    setattr(module, name, remember)


def _forget(cls: Any) -> None:
    """Let properties be computed each time: an address is a key that programs can make lie in more ways than one."""
    for name, value in list(vars(cls).items()):
        getter: Any = getattr(value, "fget", None)
        if hasattr(getter, "cache_clear"):
            setattr(cls, name, property(getter.__wrapped__, doc=value.__doc__))
