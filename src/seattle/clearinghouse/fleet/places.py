"""Where addresses are, as far as the operator's files tell more than the data that comes with packages.

AS numbers need an operator's file (`SEATTLE_SITE_ASN_FILE`), the names of the networks don't. Without a city file
(`SEATTLE_SITE_CITY_FILE`) coordinates are those of the country's middle.
"""

import ipaddress
from functools import cache
from pathlib import Path

import geoip2.database
import geoip2.errors
from django.conf import settings
from msgspec.structs import replace

from seattle.geography.locations import NOWHERE, Address, Location, locate, read_address


def place_of(text: str) -> Location:
    """Where this address is; `NOWHERE` for private addresses and whatever is no address."""
    address = read_address(text)
    if address is None or not address.is_global:
        return NOWHERE
    location = locate(text)
    city, point = _city(address)
    latitude, longitude = point or location.point or (None, None)
    return replace(location, asn=_asn(address), city=city[:100], latitude=latitude, longitude=longitude)


def plain_address(text: str) -> str:
    """An address in the form in which rows keep it: the shortest, IPv4 as IPv4; empty for what is no address."""
    return str(read_address(text) or "")


def network_of(text: str) -> str:
    """The /24 (IPv4) or /64 (IPv6) that an address is in; empty for what is no address."""
    address = read_address(text)
    if address is None:
        return ""
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


@cache
def _reader(path: Path) -> geoip2.database.Reader:
    return geoip2.database.Reader(path)


def _city(address: Address) -> tuple[str, tuple[float, float] | None]:
    if settings.SITE.city_file is None:
        return "", None
    try:
        found = _reader(settings.SITE.city_file).city(address)
    except geoip2.errors.AddressNotFoundError:
        return "", None
    latitude, longitude = found.location.latitude, found.location.longitude
    return found.city.name or "", None if latitude is None or longitude is None else (latitude, longitude)


def _asn(address: Address) -> int | None:
    if settings.SITE.asn_file is None:
        return None
    try:
        return _reader(settings.SITE.asn_file).asn(address).autonomous_system_number
    except geoip2.errors.AddressNotFoundError:
        return None
