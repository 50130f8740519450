"""Which nodes somebody wants, as words of a command line: `country=DE`, `asn=680`, `uptime=24`, `memory=500M`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from seattle.cli.console import WrongUsage
from seattle.resources.defaults import VESSEL
from seattle.resources.errors import ResourceMathError
from seattle.resources.overrides import override

# What the site calls each, and how its value is read. Those that may be given several times mean one of them.
_LISTS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "country": ("countries", str.upper),
    "not-country": ("not_countries", str.upper),
    "asn": ("asns", lambda text: int(text.upper().removeprefix("AS"))),
    "as-name": ("as_names", str),
    "network": ("networks", str),
}
_SINGLE: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "uptime": ("least_uptime", float),
    "own-port": ("own_port", lambda text: {"yes": True, "no": False}[text]),
}
HELP: Final = (
    "country=DE, not-country=US, asn=680, as-name=NAME, network=192.0.2.0/24, uptime=HOURS, own-port=yes|no,"
    " or what the whole node has at least: memory=500M, cpu=0.5"
)


def read_where(words: Iterable[str], *, near: str | None, within_ms: float | None) -> dict[str, Any]:
    """The filters in the site's form. Raises WrongUsage."""
    if (near is None) != (within_ms is None):
        raise WrongUsage("--near ADDRESS and --within-ms MILLISECONDS go together")
    where: dict[str, Any] = {} if near is None else {"near": near, "within_ms": within_ms}
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
            raise WrongUsage(f"--where {word} can't be understood; there are {HELP}") from why
    return where


def _amount(word: str, name: str) -> Any:
    amount = override(VESSEL, [word]).to_mapping()[name]
    if isinstance(amount, list):
        raise KeyError(name)
    return amount
