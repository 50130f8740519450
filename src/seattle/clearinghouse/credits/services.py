"""Changing what somebody may hold, and does hold: the only code that writes the two sums and the ledger."""

from typing import Any

from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from seattle.clearinghouse.accounts.in_use import GONE
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.errors import NotEnoughCredits, NotPermitted
from seattle.clearinghouse.leases.models import Lease

Reason = LedgerEntry.Reason


@transaction.atomic
def change_total(user_id: int, change: int, reason: Reason, note: str = "") -> None:
    """Let somebody hold so many vessels more, or fewer. What they hold already stays theirs until it ends."""
    if change:
        User.objects.filter(pk=user_id).update(credits_total=F("credits_total") + change)
        LedgerEntry.objects.create(user_id=user_id, total_change=change, reason=reason, note=note[:300])


@transaction.atomic
def hold(user_id: int, count: int, note: str = "") -> None:
    """Count so many vessels more as held. Raises NotEnoughCredits, NotPermitted.

    It is one conditional update: of two who come at once, the second sees what the first has left.
    """
    entitled = User.objects.filter(pk=user_id, is_active=True, credits_total__gte=F("credits_held") + count)
    if not entitled.update(credits_held=F("credits_held") + count):
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if user is None:
            raise NotPermitted(GONE)
        raise NotEnoughCredits(
            f"{count} vessels are more than you may hold: {user.credits_held} of your {user.credits_total} are in use;"
            " release some, or donate a computer"
        )
    LedgerEntry.objects.create(user_id=user_id, held_change=count, reason=Reason.ACQUIRED, note=note[:300])


@transaction.atomic
def give_back(user_id: int, count: int, reason: Reason, note: str = "") -> None:
    """Count so many vessels fewer as held."""
    if count:
        User.objects.filter(pk=user_id).update(credits_held=F("credits_held") - count)
        LedgerEntry.objects.create(user_id=user_id, held_change=-count, reason=reason, note=note[:300])


def audit() -> list[str]:
    """Whether the sums are those of the ledger, and as many leases open as are held; each difference in words."""
    theirs = LedgerEntry.objects.filter(user=OuterRef("pk")).order_by().values("user")
    open_leases = Lease.objects.filter(user=OuterRef("pk"), ended_at=None).order_by().values("user")
    users = User.objects.annotate(
        given=_or_0(theirs.annotate(sum=Sum("total_change")).values("sum")),
        taken=_or_0(theirs.annotate(sum=Sum("held_change")).values("sum")),
        open_leases=_or_0(open_leases.annotate(sum=Count("pk")).values("sum")),
    )
    wrong = users.exclude(credits_total=F("given"), credits_held=F("taken"), open_leases=F("credits_held"))
    return [
        f"{user.username} may hold {user.credits_total} (by the ledger {user.given}) and holds {user.credits_held}"
        f" (by the ledger {user.taken}, by the leases {user.open_leases})"
        for user in wrong.order_by("pk")
    ]


def check_within_limits(user: User) -> None:
    """Raises NotEnoughCredits for who holds more than they may now: then nothing is renewed."""
    user.refresh_from_db(fields=["credits_total", "credits_held"])
    if user.credits_held > user.credits_total:
        raise NotEnoughCredits(
            f"you hold {user.credits_held} vessels and may hold {user.credits_total} since a donation went away:"
            " release some first"
        )


def _or_0(sums: "QuerySet[Any, Any]") -> Coalesce:
    return Coalesce(Subquery(sums, output_field=IntegerField()), 0)
