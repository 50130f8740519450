"""A server that tells where addresses are, for `geoip_client` in vessels: ordinary Python, which runs beside a site.

Start it by `python geoip_server.py [PORT [ADDRESS]]`: without them it answers on this computer only, on port 12679.
What it knows comes with Seattle's packages; nobody else is asked.
"""

import sys
from xmlrpc.server import SimpleXMLRPCServer

from seattle.geography.locations import locate

LONGEST = 64  # characters of an address


def record_by_addr(address: str) -> dict[str, str | float]:
    """The country of an address and its middle; an empty record for one that is nowhere."""
    place = locate(address[:LONGEST])
    known = {
        "country_code": place.country,
        "country_name": place.country_name,
        "city": place.city,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "network": place.as_name,
    }
    return {key: value for key, value in known.items() if value not in ("", None)}


def main(port: str = "12679", address: str = "127.0.0.1") -> None:
    with SimpleXMLRPCServer((address, int(port)), logRequests=False, allow_none=True) as server:
        server.register_function(record_by_addr)
        print(f"http://{address}:{server.server_address[1]} tells where addresses are", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
