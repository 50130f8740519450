"""Where addresses are: country, network and coordinates, from data that comes with packages; and how far apart.

AS numbers need an operator's file (`SEATTLE_SITE_ASN_FILE`), the names of the networks don't. Without a city file
(`SEATTLE_SITE_CITY_FILE`) coordinates are those of the country's middle. A round trip between two places is an estimate
from the distance alone, and is called one wherever it is shown.
"""

import ipaddress
import math
from functools import cache
from pathlib import Path
from typing import Final

import geoip2.database
import geoip2.errors
from countryinfo import all_countries
from django.conf import settings
from geoip2fast import GeoIP2Fast
from msgspec import Struct

EARTH_KM: Final = 6371.0  # mean radius

_DATA: Final = "geoip2fast-asn-ipv6.dat.gz"  # countries and networks, IPv4 and IPv6; comes with the package
_UNKNOWN: Final = "--"

# Light in a fibre does two thirds of its speed in a vacuum: 200 km in a millisecond, there and back 100. Cables are
# longer than the great circle, and routers and the last mile take their time.
_KM_PER_MS: Final = 100.0
_DETOUR: Final = 1.5
_LAST_MILE_MS: Final = 5.0

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Place(Struct, frozen=True, kw_only=True):
    """Where an address is; what is not known is empty or None."""

    country: str = ""  # ISO 3166 code
    country_name: str = ""
    asn: int | None = None
    as_name: str = ""
    city: str = ""
    latitude: float | None = None  # degrees
    longitude: float | None = None

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude, if they are known."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


NOWHERE: Final = Place()


def place_of(text: str) -> Place:
    """Where this address is; `NOWHERE` for private addresses and whatever is no address."""
    address = _address(text)
    if address is None or not address.is_global:
        return NOWHERE
    found = _countries().lookup(str(address))
    country = "" if found.country_code == _UNKNOWN else str(found.country_code)
    city, point = _city(address)
    latitude, longitude = point or middles().get(country) or (None, None)
    return Place(
        country=country,
        country_name=str(found.country_name) if country else "",
        asn=_asn(address),
        as_name=str(found.asn_name)[:200],
        city=city[:100],
        latitude=latitude,
        longitude=longitude,
    )


def plain_address(text: str) -> str:
    """An address in the form in which rows keep it: the shortest, IPv4 as IPv4; empty for what is no address."""
    return str(_address(text) or "")


def network_of(text: str) -> str:
    """The /24 (IPv4) or /64 (IPv6) that an address is in; empty for what is no address."""
    address = _address(text)
    if address is None:
        return ""
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


@cache
def middles() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of the middle of each country, by its ISO 3166 code."""
    found = {}
    for country in all_countries():
        code, where = country.iso(2), country.latlng()
        if code and where:  # a few have neither
            found[code] = (float(where[0]), float(where[1]))
    return found


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


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])  # a scope means something on one machine only
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@cache
def _countries() -> GeoIP2Fast:
    return GeoIP2Fast(geoip2fast_data_file=_DATA)  # half a second, and 100 MB, where somebody asks


@cache
def _reader(path: Path) -> geoip2.database.Reader:
    return geoip2.database.Reader(path)


def _city(address: _Address) -> tuple[str, tuple[float, float] | None]:
    if settings.SITE.city_file is None:
        return "", None
    try:
        found = _reader(settings.SITE.city_file).city(address)
    except geoip2.errors.AddressNotFoundError:
        return "", None
    latitude, longitude = found.location.latitude, found.location.longitude
    return found.city.name or "", None if latitude is None or longitude is None else (latitude, longitude)


def _asn(address: _Address) -> int | None:
    if settings.SITE.asn_file is None:
        return None
    try:
        return _reader(settings.SITE.asn_file).asn(address).autonomous_system_number
    except geoip2.errors.AddressNotFoundError:
        return None
