"""What the abuse desk does: cut somebody off everywhere, and take it back. `look_ups` tells who it was.

The site writes down what is to be; workers tell brokers and nodes, within seconds: a key that is cut off gets no new
credential, its connections are closed, and what it ran is stopped and cleaned away.
"""

from collections.abc import Collection

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from seattle.clearinghouse.accounts import services as accounts
from seattle.clearinghouse.accounts.models import User, UserKey
from seattle.clearinghouse.desk.models import CutOff
from seattle.clearinghouse.errors import BadRequest, NotPermitted
from seattle.clearinghouse.fleet.calling import call_workers
from seattle.clearinghouse.fleet.models import Vessel
from seattle.clearinghouse.leases import services as leases
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey

MOST_REASON = 500  # characters


def may_use_desk(user: User) -> bool:
    """Whether somebody is an operator with a second factor."""
    return bool(user.is_active and user.is_staff and is_mfa_enabled(user))


@transaction.atomic
def cut_off_user(user: User, *, by: User, reason: str, ban: bool = True) -> list[CutOff]:
    """Take everything from a user: all keys, API keys, vessels and sessions, and the account if `ban`; what was cut.

    Raises NotPermitted, BadRequest.
    """
    reason = _checked(by, reason)
    found = User.objects.select_for_update().filter(pk=user.pk).first()
    if found is None:
        raise BadRequest("this account was deleted a moment ago, and all that it held was given back")
    user = found
    if user.pk == by.pk:
        raise NotPermitted("you can't cut off yourself: ask another operator")
    if user.is_superuser and not by.is_superuser:
        raise NotPermitted("an administrator is cut off by another administrator alone")
    if ban:
        accounts.ban(user)
    accounts.end_sessions(user)
    _end_holdings(user, reason)
    others = UserKey.objects.filter(retired_at=None).exclude(user=user)  # who may have pasted what was never theirs
    theirs = user.keys.exclude(key_id__in=others.values("key_id"))
    return _cut(set(theirs.values_list("key_id", flat=True)), user, by, reason)


@transaction.atomic
def cut_off_key(key_id: str, *, by: User, reason: str) -> list[CutOff]:
    """Take everything that a key can do from it, and from its user what they hold; the account stays open.

    A key of nobody here, a node's say, is voided in the fabric. Raises NotPermitted, BadRequest.
    """
    reason = _checked(by, reason)
    try:
        key = PublicKey.from_id(key_id.strip())
    except IdentityError as why:
        raise BadRequest(f"this is no key: {why}") from why
    if key.id == settings.SITE.worker_key:
        raise BadRequest("this is the key of the testbed's own workers: without it no vessel is anybody's")
    known = UserKey.objects.filter(key_id=key.id).order_by("-retired_at", "-pk")
    last = known.filter(retired_at=None).first() or known.first()
    user = User.objects.select_for_update().get(pk=last.user_id) if last is not None else None
    if user is not None:
        _end_holdings(user, reason)
    return _cut({key.id}, user, by, reason)


@transaction.atomic
def pardon(cut_off: CutOff, *, by: User, reason: str) -> None:
    """Let a key be enrolled again. It is nobody's until somebody adds it to their account. Raises as the above."""
    reason = _checked(by, reason)
    pardoned = CutOff.objects.filter(pk=cut_off.pk, pardoned_at=None).update(
        pardoned_at=timezone.now(), pardoned_by=by, pardon_reason=reason
    )
    if not pardoned:
        raise BadRequest("this was pardoned already")


@transaction.atomic
def reopen(user: User, *, by: User, reason: str) -> None:
    """Let somebody in again, and pardon all their keys. Raises as the above."""
    reason = _checked(by, reason)
    User.objects.filter(pk=user.pk).update(is_active=True)
    for cut_off in user.cut_offs.filter(pardoned_at=None):
        pardon(cut_off, by=by, reason=reason)


def _checked(by: User, reason: str) -> str:
    if not may_use_desk(by):
        raise NotPermitted("this is for operators with a second factor")
    reason = reason.strip()
    if not reason:
        raise BadRequest("give a reason: it is kept, and told to whom it concerns")
    return reason[:MOST_REASON]


def _end_holdings(user: User, reason: str) -> None:
    """Take what a user holds, or is about to get, and all secrets of their programs."""
    leases.cut_off(user, f"taken away by an operator: {reason}")
    user.api_keys.filter(revoked_at=None).update(revoked_at=timezone.now())


def _cut(key_ids: Collection[str], user: User | None, by: User, reason: str) -> list[CutOff]:
    now = timezone.now()
    UserKey.objects.filter(key_id__in=key_ids, retired_at=None).update(retired_at=now)
    if user is not None:  # of nobody's, a query would find all vessels that nobody has
        Vessel.objects.filter(leases__user=user, leases__ended_at=None).update(keys_synced=False, try_at=None)
    call_workers()
    already = set(CutOff.objects.filter(key_id__in=key_ids, pardoned_at=None).values_list("key_id", flat=True))
    CutOff.objects.filter(key_id__in=already, pardoned_at=None).update(done_at=None)  # once more: it does no harm
    username = user.username if user is not None else ""
    CutOff.objects.bulk_create(
        CutOff(key_id=key_id, user=user, username=username, by=by, reason=reason)
        for key_id in sorted(set(key_ids) - already)
    )
    return list(CutOff.objects.filter(key_id__in=key_ids, pardoned_at=None))
