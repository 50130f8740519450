"""The site's settings: defaults, then the environment; read once, checked, and frozen.

Each is a variable SEATTLE_SITE_ with the field's name in capitals (SEATTLE_SITE_URL=https://seattle.example.org); lists
are separated by commas, amounts are JSON. A secret may come from a file: SEATTLE_SITE_SECRET_KEY_FILE=/run/secrets/key.
"""

import ipaddress
import math
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from seattle.identity.private_files import private_opener
from seattle.resources.kinds import NUMBERS

PREFIX: Final = "SEATTLE_SITE_"
FROM_FILE: Final = "_FILE"
_LISTS: Final = ("hosts", "brokers", "trusted_proxies", "metrics_from")
_SECRETS: Final = ("secret_key", "database_url", "email_url", "metrics_token")  # these may come from files
_USUAL_PORTS: Final = {"http": 80, "https": 443}
_MAX_SECRET: Final = 64 * 1024  # bytes of a file
_PROVIDERS: Final = "allauth.socialaccount.providers"
_LEAST_TOKEN: Final = 16  # characters
_AMOUNTS: Final = tuple(resource.value for resource in NUMBERS)

Hours = Annotated[float, Meta(gt=0, le=24 * 365)]


class BadSiteSettings(Exception):  # noqa: N818 - named for what went wrong
    """A setting can't be used; the text names it, what is wrong and what to do."""


class PortPolicy(StrEnum):
    """Whether a user's vessels must have the user's own port."""

    REQUIRED = "required"  # as the reference: whoever has a popular port gets less
    PREFERRED = "preferred"  # those that have it come first
    IGNORED = "ignored"


class BuilderPolicy(StrEnum):
    """Who may have installers built, which then carry the site's signature."""

    CLOSED = "closed"  # nobody
    USERS = "users"  # whoever has an account, so that somebody answers for each
    OPEN = "open"  # everybody, as the reference


class SiteSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one clearinghouse is set up. Durations are in hours where the name says so."""

    url: str = "http://127.0.0.1:8000"  # by which users reach the site
    hosts: list[str] = []  # further names that it answers to
    name: str = "Seattle"  # of the testbed
    contact: str = ""  # where people turn to: a mail address
    debug: bool = False
    secret_key: str = ""  # signs sessions; `keep_secret_key` makes one, in `data`, if none is given
    data: Path = Path("clearinghouse")  # folder of the database, if it is SQLite, and of the secret key
    database_url: str = ""  # postgresql://..., or SQLite in `data`
    database_connections: Annotated[int, Meta(ge=1)] = 40  # of one process to PostgreSQL, at most
    email_url: str = "console:"  # or smtp://USER:PASSWORD@HOST:25/, submission://...:587/, smtps://...
    email_from: str = "seattle@localhost"
    trusted_proxies: list[str] = []  # addresses, or networks, whose X-Forwarded-For and -Proto are believed
    metrics_from: list[str] = []  # addresses, or networks, that may read /metrics
    metrics_token: str = ""  # whoever sends it (Authorization: Bearer ...) may read /metrics, too
    brokers: list[str] = []  # of the fabric, told to users and nodes
    worker_key: str = ""  # id of the key that owns the vessels; `seattle clearinghouse worker --show-key` tells
    enrolment_upstream: str = ""  # where a worker's enrolment service listens: http://127.0.0.1:4281
    city_file: Path | None = None  # a MaxMind city database, for places on the map
    asn_file: Path | None = None  # a MaxMind ASN database, for the filter by AS number
    releases: Path | None = None  # folder of `seattle release-update`: served to nodes, and what installers carry
    installers: Annotated[int, Meta(ge=256)] = 4096  # megabytes in `data`, at most, of installers that were asked for
    builder: BuilderPolicy = BuilderPolicy.USERS

    registration_open: bool = True
    confirm_email: bool = True
    free_credits: Annotated[int, Meta(ge=0, le=10_000)] = 10
    credits_per_donation: Annotated[int, Meta(ge=0, le=10_000)] = 10
    donations_per_address: Annotated[int, Meta(ge=1)] = 2  # that are credited, of all accounts
    donations_per_network: Annotated[int, Meta(ge=1)] = 4  # of one account in one /24 or /48; of all in one /64
    first_lease_hours: Hours = 4.0
    longest_lease_hours: Hours = 168.0  # also what a renewal gives
    warn_hours: Hours = 1.0  # before the end of a lease
    port_policy: PortPolicy = PortPolicy.PREFERRED
    unit: dict[str, int | float] = {}  # resources of one vessel; what is not named is as in `fleet.units`
    oauth: dict[str, dict[str, str]] = {}  # by provider of django-allauth: client_id and secret; none by default

    @property
    def origin(self) -> str:
        """Scheme, host and port of the site, as a browser calls it: small letters, and no port that is usual."""
        parts = urlsplit(self.url)
        usual = f":{_USUAL_PORTS[parts.scheme]}"
        return f"{parts.scheme}://{parts.netloc.lower().removesuffix(usual)}"

    @property
    def enrol_url(self) -> str:
        """Where keys get their credentials; empty while no worker gives any."""
        return f"{self.origin}/enrol" if self.enrolment_upstream else ""

    @property
    def host(self) -> str:
        """The site's host name."""
        return urlsplit(self.url).hostname or ""

    @property
    def over_https(self) -> bool:
        """Whether users reach the site over HTTPS."""
        return urlsplit(self.url).scheme == "https"

    @property
    def first_lease(self) -> timedelta:
        """What an acquisition gives."""
        return timedelta(hours=self.first_lease_hours)

    @property
    def longest_lease(self) -> timedelta:
        """What a renewal gives."""
        return timedelta(hours=self.longest_lease_hours)

    @property
    def warn(self) -> timedelta:
        """How long before the end of a lease its holder is told."""
        return timedelta(hours=self.warn_hours)

    @property
    def installer_folder(self) -> Path:
        """Where installers are kept that were asked for; all of it can be made again."""
        return self.data / "installers"

    @property
    def secret_key_file(self) -> Path:
        """Where the secret key is kept, if none is given."""
        return self.data / "secret_key"


def keep_secret_key(site: SiteSettings) -> None:
    """Make a secret key that lasts, if none is given and none was made: all processes of a site need the same."""
    if site.secret_key:
        return
    site.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError), open(site.secret_key_file, "x", encoding="ascii", opener=private_opener) as file:
        file.write(secrets.token_urlsafe(48))


def load_site_settings(environment: Mapping[str, str] = os.environ) -> SiteSettings:
    """The settings that this environment gives. Raises BadSiteSettings: it names the variable and what is wrong."""
    values = _read(environment)
    try:
        settings = msgspec.convert(values, SiteSettings, strict=False, dec_hook=as_path)
    except msgspec.ValidationError as why:
        raise BadSiteSettings(f"the settings ({PREFIX}...) can't be used: {why}") from why
    _check(settings)
    return settings


def _read(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX)
        if name.endswith(FROM_FILE) and name.removesuffix(FROM_FILE).lower() in _SECRETS:
            name, text = name.removesuffix(FROM_FILE), _secret(variable, Path(text))  # noqa: PLW2901 - one name for both
        name = name.lower()
        if name not in SiteSettings.__struct_fields__:
            raise BadSiteSettings(f"the variable {variable} stands for no setting; is it misspelt?")
        values[name] = _value(variable, name, text)
    return values


def _value(variable: str, name: str, text: str) -> Any:
    if name in _LISTS:
        return [item.strip() for item in text.split(",") if item.strip()]
    if name in ("unit", "oauth"):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as why:
            raise BadSiteSettings(f"{variable} is not JSON: {why}") from why
    return text


def _secret(variable: str, path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_MAX_SECRET).strip()
    except (OSError, UnicodeDecodeError) as why:
        raise BadSiteSettings(f"{variable}: {path} can't be read: {why}") from why


def _check(settings: SiteSettings) -> None:
    parts = urlsplit(settings.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise BadSiteSettings(f"{PREFIX}URL is {settings.url!r}: expected https://HOST or http://HOST:PORT")
    for name in ("trusted_proxies", "metrics_from"):
        _check_networks(name, getattr(settings, name))
    if settings.metrics_token and len(settings.metrics_token) < _LEAST_TOKEN:
        raise BadSiteSettings(f"{PREFIX}METRICS_TOKEN is short: take {_LEAST_TOKEN} characters or more, at random")
    for name, amount in settings.unit.items():
        if name not in _AMOUNTS:
            raise BadSiteSettings(f"{PREFIX}UNIT has {name!r}, which is none of {', '.join(_AMOUNTS)}")
        if not 0 < amount < math.inf:
            raise BadSiteSettings(f"{PREFIX}UNIT has {amount} for {name}: expected a number above 0")
    for field, path in (("CITY_FILE", settings.city_file), ("ASN_FILE", settings.asn_file)):
        if path is not None and not path.is_file():
            raise BadSiteSettings(f"{PREFIX}{field} is {path}: there is no such file")
    for provider, app in settings.oauth.items():
        _check_provider(provider, app)
    if settings.releases is not None and not settings.releases.is_dir():
        raise BadSiteSettings(
            f"{PREFIX}RELEASES is {settings.releases}: there is no such folder; `seattle release-update init` makes one"
        )
    if settings.first_lease_hours > settings.longest_lease_hours:
        raise BadSiteSettings(f"{PREFIX}FIRST_LEASE_HOURS is longer than {PREFIX}LONGEST_LEASE_HOURS: swap them")


def _check_provider(provider: str, app: Mapping[str, str]) -> None:
    if not re.fullmatch("[a-z][a-z0-9_]*", provider) or find_spec(f"{_PROVIDERS}.{provider}") is None:
        raise BadSiteSettings(f"{PREFIX}OAUTH has {provider!r}: django-allauth knows no provider of this name")
    if not app.get("client_id"):
        raise BadSiteSettings(f"{PREFIX}OAUTH has no client_id for {provider}: the provider gives one, and a secret")


def _check_networks(name: str, networks: list[str]) -> None:
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as why:
            raise BadSiteSettings(
                f"{PREFIX}{name.upper()}: {why}; expected addresses (10.0.0.1) or networks (10.0.0.0/24)"
            ) from why


def as_path(kind: type, value: object) -> Path:
    """For msgspec, which doesn't know this type."""
    if kind is not Path or not isinstance(value, str):
        raise ValueError(f"expected a path, found {value!r}")
    return Path(value)
