"""What users do with their accounts: keys, API keys, joining and leaving. `seattle login` is in `logins`."""

import secrets
from typing import Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from seattle.clearinghouse.accounts import in_use
from seattle.clearinghouse.accounts.authentication import API_KEY_PREFIX, digest_of_secret
from seattle.clearinghouse.accounts.models import MAX_KEYS, ApiKey, User, UserKey
from seattle.clearinghouse.accounts.public_keys import as_label, comment_of, public_line, read_key
from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.desk.models import CutOff
from seattle.clearinghouse.errors import BadKey, BadRequest, NotFound, NotPermitted
from seattle.clearinghouse.fleet.calling import call_workers
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services as leases
from seattle.identity.keys import PublicKey

MAX_API_KEYS: Final = 20  # of one user, at a time
SECRET_BYTES: Final = 32
HINT: Final = len(API_KEY_PREFIX) + 4  # characters of an API key that are kept, so that its user knows it again


# Keys.


def active_keys(user: User) -> QuerySet[UserKey]:
    """The user's keys that are not retired, oldest first: those that their vessels obey."""
    return user.keys.filter(retired_at=None)


@transaction.atomic
def add_key(user: User, text: str, label: str = "") -> UserKey:
    """Let a key (an OpenSSH public line, or an id) be the user's, and obeyed by what they hold. Again changes nothing.

    Raises BadKey, and NotPermitted for who was banned.
    """
    key = read_key(text)
    in_use.lock(user)
    if (known := active_keys(user).filter(key_id=key.id).first()) is not None:
        return known
    if active_keys(user).count() >= MAX_KEYS:
        raise BadKey(f"you have {MAX_KEYS} keys, which is the most: retire one first")
    added = _create(user, key, as_label(label or comment_of(text)))
    _tell_vessels(user)
    return added


@transaction.atomic
def add_proved_key(user: User, text: str, label: str) -> UserKey:
    """As `add_key`, for a key whose holder, who has shown to be it, wants to be this user.

    Whoever had only pasted it loses it. Raises BadKey if another account has it as rightfully, NotPermitted.
    """
    key, now = read_key(text), timezone.now()
    pasted = UserKey.objects.filter(key_id=key.id, retired_at=None, proved_at=None).exclude(user=user)
    for other in pasted.select_related("user"):
        if pasted.filter(pk=other.pk).update(retired_at=now):
            _tell_vessels(other.user)
    added = add_key(user, text, label)
    UserKey.objects.filter(pk=added.pk, proved_at=None).update(proved_at=now)
    return added


@transaction.atomic
def replace_keys(user: User, text: str, label: str = "") -> UserKey:
    """Let this be the user's only key. Raises BadKey, NotPermitted."""
    key = read_key(text)
    in_use.lock(user)
    active_keys(user).exclude(key_id=key.id).update(retired_at=timezone.now())
    kept = active_keys(user).first() or _create(user, key, as_label(label or comment_of(text)))
    _tell_vessels(user)
    return kept


@transaction.atomic
def retire_key(user: User, key_id: str) -> None:
    """Let a key be the user's no longer: their vessels stop to obey it. Raises NotFound."""
    in_use.lock(user)
    if not active_keys(user).filter(key_id=key_id).update(retired_at=timezone.now()):
        raise NotFound("you have no key of this id")
    _tell_vessels(user)


def _create(user: User, key: PublicKey, label: str) -> UserKey:
    if CutOff.holds_for(key.id):
        raise BadKey("this key was shut out by the operators, for good: make another")
    if key.id == settings.SITE.worker_key or Node.objects.filter(node_id=key.id).exists():
        raise BadKey("this key is the testbed's or a node's: make one of your own")  # to be banned with it, say
    try:
        with transaction.atomic():
            return UserKey.objects.create(user=user, key_id=key.id, public_line=public_line(key), label=label)
    except IntegrityError as taken:
        raise BadKey("this key is in use by another account: make one of your own") from taken


def vessels_to_tell(user: User) -> QuerySet[Vessel]:
    """Those of the user's vessels on which some key is not as it should be yet."""
    return Vessel.objects.filter(keys_synced=False, leases__user=user, leases__ended_at=None)


def _tell_vessels(user: User) -> None:
    """What the user holds has the wrong keys now; the workers set it right."""
    held = Vessel.objects.filter(leases__user=user, leases__ended_at=None)
    if Vessel.objects.filter(pk__in=held.values("pk")).update(keys_synced=False, try_at=None):
        call_workers()


# API keys.


def api_keys(user: User) -> QuerySet[ApiKey]:
    """The user's API keys that are not revoked, newest first."""
    return user.api_keys.filter(revoked_at=None)


@transaction.atomic
def make_api_key(user: User, name: str) -> str:
    """A new secret for programs, which can't be had again. Raises BadRequest, NotPermitted."""
    name = as_label(name)
    if not name:
        raise BadRequest("give the API key a name, by which you will know it")
    in_use.lock(user)
    if api_keys(user).count() >= MAX_API_KEYS:
        raise BadRequest(f"you have {MAX_API_KEYS} API keys, which is the most: revoke one first")
    if api_keys(user).filter(name=name).exists():
        raise BadRequest("you have an API key of this name: choose another, or revoke that one first")
    secret = API_KEY_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    ApiKey.objects.create(user=user, name=name, hint=secret[:HINT], digest=digest_of_secret(secret))
    return secret


def revoke_api_key(user: User, api_key_id: int) -> None:
    """Let an API key be good for nothing from now on. Raises NotFound."""
    if not api_keys(user).filter(pk=api_key_id).update(revoked_at=timezone.now()):
        raise NotFound("you have no such API key")


# Joining, being shut out, leaving.


@transaction.atomic
def join(user: User) -> None:
    """Give a user, whose address is confirmed, the credits of who joins: once, however often this is called."""
    if User.objects.filter(pk=user.pk, joined_at=None).update(joined_at=timezone.now()):
        ledger.change_total(user.pk, settings.SITE.free_credits, LedgerEntry.Reason.JOINED, "welcome")


@transaction.atomic
def ban(user: User) -> None:
    """Shut an account: nothing works for it any more, and its sessions end. What it holds is not touched."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_sessions(user)


def end_sessions(user: User) -> None:
    """Sign the user out everywhere."""
    theirs = UserSession.objects.filter(user=user)
    Session.objects.filter(session_key__in=list(theirs.values_list("session_key", flat=True))).delete()
    theirs.delete()


@transaction.atomic
def delete_account(user: User) -> None:
    """Remove a person: what they hold is given back, their keys are nobody's, what they donated stays.

    That somebody of this name had those vessels at that time stays known, for complaints that come later. Raises
    NotPermitted for operators, who are removed by another.
    """
    if user.is_staff:
        raise NotPermitted("an operator's account is closed by another operator: ask one")
    in_use.lock(user)
    leases.release(user)
    end_sessions(user)
    user.delete()
