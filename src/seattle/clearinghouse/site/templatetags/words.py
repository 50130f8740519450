"""Times and places in words."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django import template
from django.utils import timezone

from seattle.clearinghouse.leases.models import Lease
from seattle.resources.ports import port_runs

register = template.Library()

_UNITS: Final = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))
SHORT: Final = 9  # characters of a node's id: as the command line shows


@register.filter
def time_left(end: datetime) -> str:
    """How long it is until then, as `3 h 58 min`."""
    return duration(end - timezone.now()) if end > timezone.now() else "over"


@register.filter
def duration(span: timedelta | float) -> str:
    """A span of time (or seconds), by its two largest units: `6 d 3 h`; below a minute, in seconds."""
    left = span if isinstance(span, timedelta) else timedelta(seconds=span)
    parts = []
    for unit, name in _UNITS:
        count, left = divmod(left, unit)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or f"{left.seconds} s"


@register.filter
def short_node(node_id: str) -> str:
    """The beginning of a node's id, by which the command line knows it."""
    return node_id[:SHORT]


@register.filter
def short_name(lease: Lease) -> str:
    """What the command line calls a vessel: `UABCDEFGH/v2`."""
    return f"{short_node(lease.node_id)}/{lease.vessel_name}"


@register.filter
def filters(where: dict[str, object]) -> list[tuple[str, str]]:
    """What an order was limited to, as names and values for people."""
    return [(name.replace("_", " ").capitalize(), _listed(value)) for name, value in where.items()]


def _listed(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{name} {amount:,.10g}" for name, amount in value.items())
        case list():
            return ", ".join(map(str, value))
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


@register.filter
def port_ranges(ports: Iterable[int]) -> str:
    """Numbers of ports, as `63100-63109, 63120`."""
    return ", ".join(port_runs(ports, to="\N{EN DASH}"))
