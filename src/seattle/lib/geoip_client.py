"""Where an address is: country, and with some servers city, as a server tells over XML-RPC.

    geoip_client.use("http://192.0.2.7:12679")
    record = geoip_client.locate("198.51.100.7")
    print(geoip_client.describe(record), record.get("latitude"), record.get("longitude"))

A record is a dict: `country_code`, `country_name`, `latitude`, `longitude`, and what else the server knows, such as
`city`; it is empty for an address that is nowhere. The server is `examples/services/geoip_server.py`, which knows what
the testbed's site knows, or one of the reference's protocol (`record_by_addr`). Where one's own vessels are, the site
itself tells (`clearinghouse_client`).

Missing: the data itself, which takes 100 MB of memory; the reference's server (`geoipserver.poly.edu`), which is no
more. Names are looked up here, not by the server.
"""

import sockettimeout
from xmlrpc_client import xmlrpc_client_Client
from xmlrpc_common import (
    xmlrpc_common_ConnectionError,
    xmlrpc_common_Fault,
    xmlrpc_common_Timeout,
    xmlrpc_common_XMLParseError,
)

_WITH_STATES = ("United States", "Canada")
_LONGEST = 200  # characters of a text in a record
_server = []  # the one that is asked, if any


class GeoIPError(Exception):
    """Nobody could tell where the address is."""


def use(url):
    """Ask the server at an `http:` URL from now on. Raises ValueError for another."""
    _server[:] = [xmlrpc_client_Client(url)]


def locate(address, timeout=5):
    """The record of an address, within `timeout` seconds. Raises GeoIPError."""
    if not _server:
        raise GeoIPError("there is no server: call use with the URL of one")
    try:
        record = _server[0].send_request("record_by_addr", (address,), timeout)
    except xmlrpc_common_Timeout as why:
        raise GeoIPError(f"the server did not answer in time: {why}") from None
    except (xmlrpc_common_ConnectionError, xmlrpc_common_Fault, xmlrpc_common_XMLParseError) as why:
        raise GeoIPError(f"the server did not tell where {address} is: {why}") from None
    if record is not None and not isinstance(record, dict):
        raise GeoIPError("the server's answer is no record")
    return {key: _short(value) for key, value in (record or {}).items() if isinstance(value, (str, int, float))}


def locate_name(host, timeout=5):
    """The record of a host's address. Raises GeoIPError, and NetworkAddressError if it has none."""
    return locate(sockettimeout.address_of(host), timeout)


def describe(record):
    """A record in words: the city, the state if it is in the United States or Canada, and the country."""
    country = record.get("country_name", "")
    state = record.get("region_name", "") if country in _WITH_STATES else ""
    return ", ".join(str(part) for part in (record.get("city", ""), state, country) if part) or "nowhere"


def _short(value):
    return value[:_LONGEST] if isinstance(value, str) else value


geoip_init_client = use
geoip_record_by_addr = locate
geoip_record_by_name = locate_name
geoip_location_str = describe
