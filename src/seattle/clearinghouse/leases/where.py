"""Filters of an order: which nodes somebody wants. What is not given is not asked for."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from seattle.clearinghouse.errors import BadRequest
from seattle.resources.kinds import NUMBERS

_COUNTRY: Final = r"^[A-Z]{2}\Z"
_NETWORK: Final = r"^[0-9a-f.:]{2,40}/(24|64)\Z"
_IN_WORDS: Final = {_COUNTRY: "two capital letters", _NETWORK: "a network that ends in /24 or /64"}

Country = Annotated[str, Meta(pattern=_COUNTRY)]
Countries = Annotated[list[Country], Meta(max_length=60)]
Asns = Annotated[list[Annotated[int, Meta(ge=1, le=2**32 - 1)]], Meta(max_length=60)]
Network = Annotated[str, Meta(pattern=_NETWORK)]

AMOUNTS: Final = frozenset(resource.value for resource in NUMBERS)

_HELP: Final = (
    "countries are two capital letters (DE), asns numbers (680), as_names names (GOOGLE), networks a /24 or /64"
    " (192.0.2.0/24), least_uptime hours, resources amounts by name (cpu, memory, ...), within_ms milliseconds to the"
    " address in near"
)


class Where(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a vessel's node must be."""

    countries: Countries = []  # one of these
    not_countries: Countries = []  # none of these
    asns: Asns = []  # one of these; where the operator has a file of AS numbers
    as_names: Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(max_length=60)] = []
    networks: Annotated[list[Network], Meta(max_length=60)] = []  # one of these
    least_uptime: Annotated[float, Meta(ge=0, le=8784)] = 0.0  # hours without a break, until now
    # Of the node's whole donation, at least.
    resources: Annotated[dict[str, Annotated[float, Meta(ge=0, le=1e15)]], Meta(max_length=20)] = {}
    near: Annotated[str, Meta(max_length=64)] = ""  # an address; given together with `within_ms`
    within_ms: Annotated[float, Meta(gt=0, le=1000)] | None = None  # of `near`: estimated round trip
    own_port: bool | None = None  # whether the user's own port must be among its ports; None: as the site's policy says

    def __post_init__(self) -> None:
        if bool(self.near) != (self.within_ms is not None):
            raise ValueError("near and within_ms go together: an address, and the milliseconds to it")
        if unknown := sorted(self.resources.keys() - AMOUNTS):
            raise ValueError(f"{unknown[0][:40]!r} is no resource with an amount: {', '.join(sorted(AMOUNTS))}")


ANYWHERE: Final = Where()


def parse_where(values: dict[str, Any]) -> Where:
    """The filters in a request or a row. Raises BadRequest."""
    try:
        return msgspec.convert(values, Where)
    except msgspec.ValidationError as why:
        raise BadRequest(f"these filters can't be used: {_words(str(why))}; {_HELP}") from why


def _words(why: str) -> str:
    """What msgspec says, without regular expressions: users of the site read it."""
    for pattern, words in _IN_WORDS.items():
        why = why.replace(f"`str` matching regex {pattern!r}", words)
    return why.replace("`$.", "`")


def stored(where: Where) -> dict[str, Any]:
    """As a row keeps them, and `parse_where` reads them."""
    kept: dict[str, Any] = msgspec.to_builtins(where)
    return kept
