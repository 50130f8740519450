"""Who a request to one of the APIs is from: an API key, or a token that one of the user's keys has signed.

    Authorization: Bearer sak_...                   a program's API key
    Authorization: Bearer eyJ... (a JWT, EdDSA)     made for this one request: `identity.tokens.SiteClaims`

A signed token is good for this site, method, path and body only, for a minute at most, and once. Which ones were here
is in the database, so that all processes of a site know.
"""

import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import unquote

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from seattle.clearinghouse.accounts.models import ApiKey, SpentNonce, User, UserKey
from seattle.clearinghouse.errors import NotAuthenticated
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey
from seattle.identity.tokens import MAX_TOKEN, SiteClaims, digest, issuer, verify

SCHEME: Final = "Bearer "
API_KEY_PREFIX: Final = "sak_"
LIFETIME: Final = 60.0  # seconds for which a signed request is good
AHEAD: Final = 30.0  # seconds that the clock of who signs may be ahead of ours
USE_NOTED: Final = timedelta(minutes=1)  # not more often than this

_ROUNDING: Final = 0.001  # seconds: times are floats
_WHAT_TO_SEND: Final = "send an API key or a signed token in the header Authorization, after `Bearer `"


def authenticate(method: str, path: str, body: bytes, authorization: str) -> User:
    """The user whom a request is from. `path`: with the query; `authorization`: the header. Raises NotAuthenticated."""
    credential = _credential(authorization)
    if credential.startswith(API_KEY_PREFIX):
        return _of_api_key(credential)
    claims = _signed(method, path, body, credential)
    known = UserKey.objects.select_related("user").filter(key_id=claims.iss, retired_at=None).first()
    if known is None:
        raise NotAuthenticated(f"the key {claims.iss} is not a key of an account here: `seattle login` makes it one")
    _spend(claims)  # of nobody's key nothing is written down: keys cost nothing, and rows do
    _check_active(known.user)
    _note_use(UserKey.objects.filter(pk=known.pk))
    return known.user


class Signature:
    """Of a request, by a key that may be nobody's here. It is good once, which takes a row: check first who it is."""

    def __init__(self, claims: SiteClaims) -> None:
        self.key = PublicKey.from_id(claims.iss)
        self._claims = claims

    def spend(self) -> None:
        """Note that it was here. Raises NotAuthenticated if it was before."""
        _spend(self._claims)


def signature(method: str, path: str, body: bytes, authorization: str) -> Signature:
    """Who signed a request. Raises NotAuthenticated."""
    return Signature(_signed(method, path, body, _credential(authorization)))


def is_api_key(authorization: str) -> bool:
    """Whether this header carries an API key, and so no signature. Raises NotAuthenticated for what is neither."""
    return _credential(authorization).startswith(API_KEY_PREFIX)


def digest_of_secret(secret: str) -> str:
    """What is kept of an API key: it has 256 random bits, which a fast hash is good enough for."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _credential(authorization: str) -> str:
    if not authorization.startswith(SCHEME):
        raise NotAuthenticated(f"who asks? {_WHAT_TO_SEND}")
    credential = authorization.removeprefix(SCHEME).strip()
    if len(credential) > MAX_TOKEN or not credential.isascii():
        raise NotAuthenticated(f"this is no credential: {_WHAT_TO_SEND}")
    return credential


def _of_api_key(secret: str) -> User:
    wanted = digest_of_secret(secret)
    known = ApiKey.objects.select_related("user").filter(digest=wanted, revoked_at=None).first()
    if known is None or not hmac.compare_digest(known.digest, wanted):
        raise NotAuthenticated("this API key is not valid, or was revoked: the site's page API keys makes new ones")
    _check_active(known.user)
    _note_use(ApiKey.objects.filter(pk=known.pk))
    return known.user


def _signed(method: str, path: str, body: bytes, token: str) -> SiteClaims:
    if "." not in token:
        raise NotAuthenticated("this is neither an API key (sak_...) nor a signed token")
    try:
        claims = verify(token, SiteClaims, key=issuer(token))
    except IdentityError as wrong:
        raise NotAuthenticated(f"this is no signed token: {wrong}") from wrong
    _check_aim(claims, method=method, path=path, body=body)
    _check_time(claims, now=time.time())
    return claims


def _check_aim(claims: SiteClaims, *, method: str, path: str, body: bytes) -> None:
    """A token that was made for something else is good for nothing."""
    origin = settings.SITE.origin
    if claims.aud != origin:
        raise NotAuthenticated(f"the token was made for {claims.aud!r}; this site is {origin}")
    if claims.method != method:
        raise NotAuthenticated(f"the token was made for a {claims.method}, and this is a {method}")
    if _plain(claims.path) != _plain(path):
        raise NotAuthenticated("the token was made for another path or query than this")
    if not hmac.compare_digest(claims.digest, digest(body)):
        raise NotAuthenticated("the token was made for another body than this")


def _plain(path: str) -> tuple[str, str]:
    """A path may be escaped in more than one way, and means the same to us; a query is compared as it is."""
    before, _, query = path.partition("?")
    return unquote(before), query


def _check_time(claims: SiteClaims, *, now: float) -> None:
    if not 0 < claims.exp - claims.iat <= LIFETIME + _ROUNDING:
        raise NotAuthenticated(f"a token is good for {LIFETIME:g} s at most")
    if not claims.iat - AHEAD <= now < claims.exp:
        raise NotAuthenticated(
            f"the token was signed at {claims.iat:.0f}, and here it is {now:.0f} (seconds since 1970): set your clock"
            " right, and sign anew"
        )


def _spend(claims: SiteClaims) -> None:
    valid_until = datetime.fromtimestamp(claims.exp, UTC)
    try:
        with transaction.atomic():
            SpentNonce.objects.create(key_id=claims.iss, nonce=claims.jti, valid_until=valid_until)
    except IntegrityError as there:
        raise NotAuthenticated("this very request was here before: sign each one anew") from there


def _check_active(user: User) -> None:
    if not user.is_active:  # told to none but who has shown to be it
        raise NotAuthenticated("this account was closed by the operators")


def _note_use(credential: "models.QuerySet[ApiKey] | models.QuerySet[UserKey]") -> None:
    now = timezone.now()
    credential.filter(Q(used_at=None) | Q(used_at__lt=now - USE_NOTED)).update(used_at=now)
