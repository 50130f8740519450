"""Addresses: which ones a program may name, and of what kind each is."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from seattle.repy.door import Refusal
from seattle.repy.monitor.refused import RefusedError

Address = IPv4Address | IPv6Address


def parse_ip(text: str, role: str) -> Address:
    """The address that `text` spells. Host names are never accepted, nor what no single computer can have."""
    try:
        address = _read_ip(text)
    except ValueError as why:
        raise RefusedError(
            Refusal.ARGUMENT, f"{role} {text!r} is not an IP address (gethostbyname turns a name into one)"
        ) from why
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise RefusedError(Refusal.ARGUMENT, f"{role} {text!r} carries an interface name; leave it out")
        address = address.ipv4_mapped or address
    if isinstance(address, IPv4Address):
        usable = 1 <= address.packed[0] <= 223 and text != "192.168.0.0"
    else:
        usable = not (address.is_multicast or address.is_unspecified)
    if not usable:
        raise RefusedError(Refusal.ARGUMENT, f"{role} {text!r} is not the address of a computer")
    return address


# A program may send thousands of packets a second, most of them to a few addresses. What is none is not kept.
_read_ip = lru_cache(maxsize=256)(ip_address)


def check_port(port: int, role: str) -> None:
    """Refuse what is not a port number; 0, "any port", is none either."""
    if not 1 <= port <= 65535:
        raise RefusedError(Refusal.ARGUMENT, f"{role} {port} is not a port; ports are 1 to 65535")


def embedded_ipv4(address: Address) -> IPv4Address | None:
    """The IPv4 address that packets to this IPv6 address end up at, by way of a translator or a tunnel."""
    if isinstance(address, IPv4Address):
        return None
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    head = address.packed[:12]
    if head in (bytes(12), _MAPPED, _NAT64, _TRANSLATED) or address.packed[:6] == _LOCAL_NAT64 or head[8:] in _ISATAP:
        return IPv4Address(address.packed[12:])
    return None


_MAPPED = IPv6Address("::ffff:0:0").packed[:12]
_NAT64 = IPv6Address("64:ff9b::").packed[:12]
_TRANSLATED = IPv6Address("::ffff:0:0:0").packed[:12]
_LOCAL_NAT64 = IPv6Address("64:ff9b:1::").packed[:6]
_ISATAP = (bytes.fromhex("00005efe"), bytes.fromhex("02005efe"))  # behind the prefix of any network
