"""Which nodes somebody wants, as people write it: `country=DE`, `asn=680`, `uptime=24`, `memory=500M`."""

import ipaddress
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from seattle.client.errors import UnusableFilter
from seattle.resources.errors import ResourceMathError
from seattle.resources.overrides import read_amounts


def _country(text: str) -> str:
    code = text.upper()
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        raise ValueError(text)
    return code


def _network(text: str) -> str:
    network = ipaddress.ip_network(text)
    if network.prefixlen != {4: 24, 6: 64}[network.version]:
        raise ValueError(text)
    return str(network)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # JSON has no word for it: the site would be asked for nothing
        raise ValueError(text)
    return number


# What the site calls each, and how its value is read. Those that may be given several times mean one of them.
_LISTS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "country": ("countries", _country),
    "not-country": ("not_countries", _country),
    "asn": ("asns", lambda text: int(text.upper().removeprefix("AS"))),
    "as-name": ("as_names", str),
    "network": ("networks", _network),
}
_SINGLE: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "uptime": ("least_uptime", _number),
    "own-port": ("own_port", lambda text: {"yes": True, "no": False}[text]),
    "near": ("near", str),
    "within-ms": ("within_ms", _number),
}
HELP: Final = (
    "country=DE, not-country=US, asn=680, as-name=NAME, network=192.0.2.0/24, uptime=HOURS, own-port=yes|no,"
    " near=ADDRESS with within-ms=MS, or what the whole node has at least: memory=500M, cpu=0.5"
)


def read_where(words: Iterable[str]) -> dict[str, Any]:
    """The filters in the site's form. Raises UnusableFilter."""
    where: dict[str, Any] = {}
    for word in words:
        name, _, value = word.partition("=")
        try:
            if name in _LISTS:
                key, read = _LISTS[name]
                where.setdefault(key, []).append(read(value))
            elif name in _SINGLE:
                key, read = _SINGLE[name]
                where[key] = read(value)
            else:
                where.setdefault("resources", {})[name] = _amount(word, name)
        except (ValueError, KeyError, ResourceMathError) as why:
            raise UnusableFilter(f"{word!r} can't be understood", hint=f"there are {HELP}") from why
    if ("near" in where) != ("within_ms" in where):
        raise UnusableFilter("near=ADDRESS and within-ms=MILLISECONDS go together")
    return where


def _amount(word: str, name: str) -> float:
    amount = read_amounts([word])[name]
    if isinstance(amount, list):  # a site can't choose by ports
        raise KeyError(name)
    return amount
