"""Forgetting what is of no use any more: accounts that nobody has confirmed, sessions and logins that are over."""

from datetime import datetime, timedelta
from typing import Final

from allauth.account import app_settings as allauth
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, Model, OuterRef, QuerySet

from seattle.clearinghouse.accounts.models import CachedValue, LoginRequest, SpentNonce, User

LOGINS_FOR: Final = timedelta(days=1)
AT_ONCE: Final = 500  # rows of a kind
# So often in a row: each signed request leaves a row, and one user makes more in a minute than are forgotten at once.
ROUNDS: Final = 100
# What was once, or so often, is counted by the site's clock. The worker's may be ahead, and must not let it be anew.
CLOCKS_DIFFER: Final = timedelta(hours=1)


def forget(now: datetime) -> None:
    """Forget some of all that may be forgotten; any number of workers may, at any time."""
    _delete(unconfirmed(now))
    _delete(Session.objects.filter(expire_date__lt=now))
    _delete(UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")))
    _delete(LoginRequest.objects.filter(expires_at__lt=now - LOGINS_FOR))
    _delete(SpentNonce.objects.filter(valid_until__lt=now - CLOCKS_DIFFER))
    _delete(CachedValue.objects.filter(expires__lt=now - CLOCKS_DIFFER))


def unconfirmed(now: datetime) -> QuerySet[User]:
    """Accounts never used, whose mail can't be confirmed any more: they keep an address from its owner."""
    too_old = now - timedelta(days=allauth.EMAIL_CONFIRMATION_EXPIRE_DAYS)
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    never_used = User.objects.filter(joined_at=None, last_login=None, is_staff=False, keys=None, credits_total=0)
    return never_used.filter(~Exists(verified), date_joined__lt=too_old)


def _delete(rows: QuerySet[Model]) -> None:
    for _ in range(ROUNDS):
        some = list(rows.values_list("pk", flat=True)[:AT_ONCE])
        rows.model._default_manager.filter(pk__in=some).delete()
        if len(some) < AT_ONCE:
            return
