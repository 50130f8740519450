"""How far apart two places are. A round trip is an estimate from the distance alone, and is called one where shown."""

import math
from typing import Final

EARTH_KM: Final = 6371.0  # mean radius

# Light in a fibre does two thirds of its speed in a vacuum: 200 km in a millisecond, there and back 100. Cables are
# longer than the great circle, and routers and the last mile take their time.
_KM_PER_MS: Final = 100.0
_DETOUR: Final = 1.5
_LAST_MILE_MS: Final = 5.0


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the surface, between two latitudes and longitudes in degrees."""
    (north, east), (north2, east2) = (map(math.radians, one), map(math.radians, other))
    cosine = math.sin(north) * math.sin(north2) + math.cos(north) * math.cos(north2) * math.cos(east - east2)
    return EARTH_KM * math.acos(max(-1.0, min(1.0, cosine)))


def estimated_ms(one: tuple[float, float], other: tuple[float, float]) -> float:
    """What a round trip between two places takes at least about, in ms. An estimate: nobody has measured it."""
    return distance_km(one, other) * _DETOUR / _KM_PER_MS + _LAST_MILE_MS


def reach_km(within_ms: float) -> float:
    """How far away a place may be for its `estimated_ms` to be within these; below 0 if none is near enough."""
    return (within_ms - _LAST_MILE_MS) * _KM_PER_MS / _DETOUR
