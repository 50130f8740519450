"""Where the brokers of a fabric are, and how we know that it is them.

Over `tls://`, TLS comes before anything else: nats's own way, in which the broker first says in the clear whether it
wants TLS, lets whoever is on the line say no for it. Plain `nats://` shows whoever is on the line who talks to whom,
and lets them take over a connection; so it is for loopback, and elsewhere for those who say that they know.
"""

import ipaddress
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from seattle.fabric.errors import NotABroker

DEFAULT_PORT: Final = 4222


def check_brokers(urls: Sequence[str], *, plain_anywhere: bool = False) -> None:
    """Raise NotABroker unless these are brokers that we may connect to.

    `plain_anywhere`: whether `nats://` may leave this computer, as within a tunnel.
    """
    if not urls:
        raise NotABroker("no broker is named: write tls://HOST:PORT")
    schemes = {_check(url, plain_anywhere=plain_anywhere) for url in urls}
    if len(schemes) > 1:
        raise NotABroker("some brokers are tls:// and some nats://: name those of one kind")


def client_tls(urls: Sequence[str], ca_file: Path | None) -> ssl.SSLContext | None:
    """How to check the brokers: by the authorities in `ca_file` (PEM), or those of this system. None for `nats://`.

    Raises NotABroker if the file can't be used.
    """
    if not urls[0].startswith("tls://"):
        return None
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as why:
        raise NotABroker(f"{ca_file} can't be used as a list of authorities (PEM): {why}") from why
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def is_loopback(host: str) -> bool:
    """Whether this name or address is this computer's own, and nobody is on the line."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_service_url(url: str) -> bool:
    """Whether a service that we may ask can be there: over HTTPS, or plain HTTP on this computer."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # brackets without an end, a port that is no number
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    return bool(host) and not parts.query and not parts.fragment and is_safe


def _check(url: str, *, plain_anywhere: bool) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as why:
        raise NotABroker(f"{url!r} is not the address of a broker: {why}") from why
    if parts.scheme not in ("nats", "tls") or not host or port == 0:
        raise NotABroker(f"{url!r} is not the address of a broker: write tls://HOST:PORT")
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment or not url.isprintable():
        raise NotABroker(f"{url!r}: the address of a broker is a host and a port, and nothing more")
    if parts.scheme == "nats" and not plain_anywhere and not is_loopback(host):
        raise NotABroker(
            f"{url} is plain, and anyone on the way could read who talks to whom and take the connection over: "
            f"write tls://{host}:{port or DEFAULT_PORT}, or set plain_fabric = true if the way there is safe"
        )
    return parts.scheme
