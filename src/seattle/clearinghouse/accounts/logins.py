"""Approving a key in the browser: `seattle login` shows a code, and the user who sees the same one there says yes."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from seattle.clearinghouse.accounts.models import LoginRequest, User, UserKey
from seattle.clearinghouse.accounts.public_keys import as_label, public_line
from seattle.clearinghouse.accounts.services import add_proved_key
from seattle.clearinghouse.errors import NotFound, TooManyRequests
from seattle.fabric.allowance import network_of
from seattle.identity.keys import PublicKey

PATIENCE: Final = timedelta(minutes=10)
MOST_IN_AN_HOUR: Final = 60  # from one network
MOST_OPEN: Final = 100_000  # in all: of 32^8 codes so few that guessing finds none

_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another
_HALF: Final = 4  # letters


class LoginState(StrEnum):
    """What became of a login."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"


@dataclass(frozen=True)
class LoginProgress:
    """How far a login is; `username`: who approved it."""

    state: LoginState
    username: str = ""


@transaction.atomic
def begin_login(key: PublicKey, label: str, address: str) -> LoginRequest:
    """Have a key, which its owner has shown to hold, wait for approval. Raises TooManyRequests."""
    check_room(address)
    now = timezone.now()
    # Of one key there is one at a time: an earlier code is of no use any more.
    _open().filter(key_id=key.id).update(decided_at=now)
    return LoginRequest.objects.create(
        code=_new_code(),
        key_id=key.id,
        public_line=public_line(key),
        label=as_label(label) or "a computer that did not say its name",
        address=address or None,
        network=network_of(address),
        expires_at=now + PATIENCE,
    )


def check_room(address: str) -> None:
    """See that one more login may begin, there and at all. Raises TooManyRequests."""
    an_hour_ago = timezone.now() - timedelta(hours=1)
    lately = LoginRequest.objects.filter(network=network_of(address), created_at__gt=an_hour_ago)
    if lately.count() >= MOST_IN_AN_HOUR:
        raise TooManyRequests("too many logins were begun from your network: try again in an hour")
    if _open().count() >= MOST_OPEN:
        raise TooManyRequests("too many logins wait for approval: try again in a few minutes")


def login_state(code: str, key: PublicKey) -> LoginProgress:
    """What became of the login of this code, asked for by the key that waits. Raises NotFound."""
    login = LoginRequest.objects.select_related("approved_by").filter(code=_plain(code), key_id=key.id).first()
    if login is None:
        raise NotFound("no login of this key has this code")
    if login.approved_by is not None:
        return LoginProgress(LoginState.APPROVED, login.approved_by.username)
    if login.decided_at is not None:
        return LoginProgress(LoginState.DENIED)
    if login.expires_at <= timezone.now():
        return LoginProgress(LoginState.EXPIRED)
    return LoginProgress(LoginState.PENDING)


def find_login(code: str) -> LoginRequest:
    """The login that waits with this code, to be shown to who may approve it. Raises NotFound."""
    login = _open().filter(code=_plain(code)).first()
    if login is None:
        raise NotFound("no login waits with this code: it may be mistyped, or older than 10 minutes")
    return login


@transaction.atomic
def approve_login(user: User, code: str) -> UserKey:
    """Let the key that waits with this code be the user's. Raises NotFound, BadKey, NotPermitted."""
    login = find_login(code)
    # One conditional update: of two who decide at once, one is too late.
    if not _open().filter(pk=login.pk).update(decided_at=timezone.now(), approved_by=user):
        raise NotFound("this login was decided on already")
    return add_proved_key(user, login.public_line, login.label)


def deny_login(code: str) -> None:
    """Refuse the key that waits with this code. Raises NotFound."""
    if not _open().filter(pk=find_login(code).pk).update(decided_at=timezone.now()):
        raise NotFound("this login was decided on already")


def _open() -> QuerySet[LoginRequest]:
    return LoginRequest.objects.filter(decided_at=None, expires_at__gt=timezone.now())


def _new_code() -> str:
    halves = ["".join(secrets.choice(_LETTERS) for _ in range(_HALF)) for _ in range(2)]
    return "-".join(halves)


def _plain(code: str) -> str:
    """The code as it is stored, however somebody has typed it."""
    letters = "".join(one for one in code.upper() if one.isalnum())[: 2 * _HALF + 1]
    return f"{letters[:_HALF]}-{letters[_HALF:]}"
