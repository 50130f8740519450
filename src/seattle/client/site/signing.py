"""Requests to a clearinghouse's site, signed with the user's key: each good for this one request, and once."""

import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from seattle.client.errors import SiteError
from seattle.fabric.brokers import is_service_url
from seattle.identity.keys import KeyPair
from seattle.identity.tokens import SiteClaims, digest, new_nonce, sign

LIFETIME: Final = 60.0  # seconds


def check_site_url(url: str) -> str:
    """The site's origin (`https://host[:port]`; plain only on this computer). Raises SiteError."""
    whole = url if "//" in url else f"https://{url}"
    if not is_service_url(whole) or (parts := urlsplit(whole)).username or parts.path.strip("/"):
        raise SiteError(f"{url!r} is not where a site can be: write https://HOST[:PORT]")
    name, port, standard = parts.hostname or "", parts.port, {"https": 443, "http": 80}[parts.scheme]
    host = name if ":" not in name else f"[{name}]"
    return f"{parts.scheme}://{host}" if port in (None, standard) else f"{parts.scheme}://{host}:{port}"


class Signer:
    """Signs requests to one site. `clock`: seconds since 1970; it is corrected by what the site says of its own."""

    def __init__(self, key: KeyPair, origin: str, *, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._origin = origin
        self._clock = clock
        self._offset = 0.0

    def authorization(self, method: str, path: str, body: bytes = b"") -> str:
        """The header Authorization of a request. `path`: with the query, as it is sent."""
        now = self._clock() + self._offset
        claims = SiteClaims(
            iss=self._key.id,
            aud=self._origin,
            method=method,
            path=path,
            digest=digest(body),
            iat=now,
            exp=now + LIFETIME,
            jti=new_nonce().hex(),
        )
        return f"Bearer {sign(claims, key=self._key)}"

    def correct(self, now: float) -> bool:
        """Take over the site's time, after a refusal; whether that may help: it differs from what was thought."""
        offset = now - self._clock()
        helps = abs(offset - self._offset) > LIFETIME / 4
        self._offset = offset
        return helps
