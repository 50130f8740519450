"""Whose request it is: behind proxies that are trusted it is who they say, and otherwise who has connected.

Past this, `scope["client"]` and `scope["scheme"]` are true, and no header claims anything about either.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_CLAIMS: Final = (b"forwarded", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip")
_CLAIM_PREFIX: Final = b"x-forwarded-"
_SCHEMES: Final = ("http", "https")


class TrustedProxies:
    """Wraps an application. `trusted`: addresses and networks."""

    def __init__(self, app: ASGIApp, trusted: Iterable[str]) -> None:
        self._app = app
        self._trusted = parse_networks(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        peer = scope["client"]
        if peer:  # on a socket for both kinds of addresses all of IPv4 would else be one network of IPv6
            scope["client"] = peer = (str(_address(peer[0]) or peer[0]), peer[1])
        if peer and is_in(peer[0], self._trusted):
            scope["client"] = (self._client(peer[0], _values(headers, b"x-forwarded-for")), 0)
            scheme = _values(headers, b"x-forwarded-proto")[-1:]
            if scheme and scheme[0] in _SCHEMES:
                scope["scheme"] = scheme[0]
        scope["headers"] = [one for one in headers if one[0] not in _CLAIMS and not one[0].startswith(_CLAIM_PREFIX)]
        await self._app(scope, receive, send)

    def _client(self, peer: str, said: Sequence[str]) -> str:
        """The last address of the list that is none of ours: what stands before it, anybody may have written."""
        client = peer
        for text in reversed(said):
            address = _address(text)
            if address is None:
                break
            client = str(address)
            if not is_in(client, self._trusted):
                break
        return client


def parse_networks(texts: Iterable[str]) -> list[Network]:
    """Networks, and addresses as networks of one."""
    return [ipaddress.ip_network(text) for text in texts]


def is_in(text: str, networks: Iterable[Network]) -> bool:
    """Whether this is an address in one of these networks."""
    address = _address(text)
    return address is not None and any(address in network for network in networks)


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """Of a header that is a list, and may come more than once."""
    lines = [value.decode("latin-1") for key, value in headers if key == name]
    return [part.strip() for line in lines for part in line.split(",")]
