"""Amounts in words that people read at a glance, for tables and pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from seattle.resources.kinds import NUMBERS, Kind, Resource

_STEP: Final = 1000  # not 1024: as disks and networks are sold
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")
_SHORT: Final = 9.95  # seconds of which tenths are told
_MINUTE, _HOUR, _DAY = 60, 3600, 86400  # seconds


@dataclass(frozen=True)
class Gauge:
    """How much of one resource a vessel uses."""

    name: str  # of the resource
    share: float  # of its limit, from 0 to 1
    text: str  # such as `12 MB of 200 MB`


def gauges(
    limits: Mapping[str, float | list[int]], usage: Mapping[str, float | list[int]], seconds: float
) -> Iterator[Gauge]:
    """A gauge for each resource but ports, of a program that has run for so many seconds."""
    for resource in NUMBERS:
        limit, used = _number(limits, resource), _number(usage, resource)
        if resource is Resource.CPU:  # it is told in CPU seconds since the start: shown is the average
            cores = used / seconds if seconds > 0 else 0.0
            yield Gauge(resource.value, _share(cores, limit), f"{duration(used)}, {cores:.2f} of {limit:g} cores")
        elif resource.kind is Kind.ITEM:
            yield Gauge(resource.value, _share(used, limit), f"{used:g} of {limit:g}")
        else:
            per_second = "/s" if resource.kind is Kind.RENEWABLE else ""
            yield Gauge(resource.value, _share(used, limit), f"{size(used)} of {size(limit)}{per_second}")


def size(count: float) -> str:
    """So many bytes: `0 B`, `12.3 MB`."""
    for unit in _UNITS:
        if abs(count) < _STEP * 0.9995 or unit == _UNITS[-1]:
            break
        count /= _STEP
    return f"{count:.3g} {unit}" if unit != "B" else f"{count:.0f} B"


def duration(seconds: float) -> str:
    """A stretch of time, in its two greatest units: `3 d 4 h`, `12 s`, `0.03 s`."""
    if 0 < seconds < _SHORT:
        return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2g} s"
    whole = max(int(seconds), 0)
    parts = [
        (whole // _DAY, "d"),
        (whole % _DAY // _HOUR, "h"),
        (whole % _HOUR // _MINUTE, "min"),
        (whole % _MINUTE, "s"),
    ]
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count or unit == "s")


def _number(amounts: Mapping[str, float | list[int]], resource: Resource) -> float:
    found = amounts.get(resource.value, 0)
    return 0.0 if isinstance(found, list) else float(found)


def _share(used: float, limit: float) -> float:
    return min(max(used / limit, 0.0), 1.0) if limit > 0 else float(used > 0)
