"""The location of an address: country, network, and the coordinates of the country's middle."""

import ipaddress
from functools import cache
from typing import Final, TypeAlias

from countryinfo import all_countries
from geoip2fast import GeoIP2Fast
from msgspec import Struct

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_DATA: Final = "geoip2fast-asn-ipv6.dat.gz"  # countries and networks, IPv4 and IPv6; comes with the package
_UNKNOWN: Final = "--"


class Location(Struct, frozen=True, kw_only=True):
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


NOWHERE: Final = Location()


def locate(text: str) -> Location:
    """Where this address is; `NOWHERE` for private addresses and whatever is no address.

    The first call in a process takes half a second, and 100 MB.
    """
    address = read_address(text)
    if address is None or not address.is_global:
        return NOWHERE
    found = _countries().lookup(str(address))
    country = "" if found.country_code == _UNKNOWN else str(found.country_code)
    latitude, longitude = middles().get(country) or (None, None)
    return Location(
        country=country,
        country_name=str(found.country_name) if country else "",
        as_name=str(found.asn_name)[:200],
        latitude=latitude,
        longitude=longitude,
    )


def read_address(text: str) -> Address | None:
    """The address that a text is, an IPv4 address in an IPv6 one as itself; None for what is no address."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])  # a scope means something on one machine only
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@cache
def middles() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of the middle of each country, by its ISO 3166 code."""
    found = {}
    for country in all_countries():
        code, where = country.iso(2), country.latlng()
        if code and where:  # a few have neither
            found[code] = (float(where[0]), float(where[1]))
    return found


@cache
def _countries() -> GeoIP2Fast:
    return GeoIP2Fast(geoip2fast_data_file=_DATA)
