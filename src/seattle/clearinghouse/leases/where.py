"""Filters of an order: which nodes somebody wants. What is not given is not asked for."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from seattle.clearinghouse.errors import BadRequest

Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")]


class Where(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a vessel's node must be."""

    countries: Annotated[list[Country], Meta(max_length=60)] = []  # one of these
    not_countries: Annotated[list[Country], Meta(max_length=60)] = []  # none of these
    asns: Annotated[list[Annotated[int, Meta(ge=1, le=2**32 - 1)]], Meta(max_length=60)] = []
    least_uptime: Annotated[float, Meta(ge=0, le=8784)] = 0.0  # hours without a break, until now
    resources: Annotated[dict[str, float], Meta(max_length=20)] = {}  # of the node's whole donation, at least
    near: Annotated[str, Meta(max_length=64)] = ""  # an address
    within_ms: Annotated[float, Meta(gt=0, le=1000)] | None = None  # of `near`: estimated round trip
    own_port: bool | None = None  # whether the user's own port must be among its ports; None: as the site's policy says


ANYWHERE: Final = Where()


def parse_where(values: dict[str, Any]) -> Where:
    """The filters in a request or a row. Raises BadRequest."""
    try:
        return msgspec.convert(values, Where)
    except msgspec.ValidationError as why:
        raise BadRequest(f"these filters can't be used: {why}") from why
