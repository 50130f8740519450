"""Addresses, and the networks that they are in."""

import ipaddress
from typing import Final

_PREFIX: Final = {4: 24, 6: 64}


def network_of(address: str) -> str:
    """The /24 or /64 that an address is in; empty for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((parsed, _PREFIX[parsed.version]), strict=False))


def plain_address(text: str) -> str:
    """The address in its one usual form (an IPv4 address that is written as one of IPv6 is one of IPv4); else empty."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.scope_id is not None:
            return ""
        parsed = parsed.ipv4_mapped or parsed
    return str(parsed)
