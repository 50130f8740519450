"""Ending leases, and the order in which rows are locked.

Whoever changes leases locks their holders first, then the orders that are still worked at, then the leases, and vessels
last, each in the order of their primary keys: so nobody waits for somebody who waits for them. An acquisition begins
with its user, too, and so does whoever changes keys or closes an account.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from django.db.models import QuerySet
from django.db.models.functions import Random
from django.utils import timezone

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.fleet.calling import call_workers
from seattle.clearinghouse.fleet.models import Vessel
from seattle.clearinghouse.leases.models import Lease, Order

_REASONS: Final = {
    Lease.End.RELEASED: LedgerEntry.Reason.RELEASED,
    Lease.End.EXPIRED: LedgerEntry.Reason.EXPIRED,
    Lease.End.LOST: LedgerEntry.Reason.LOST,
    Lease.End.NOT_GIVEN: LedgerEntry.Reason.NOT_GIVEN,
    Lease.End.UNDONE: LedgerEntry.Reason.NOT_GIVEN,
    Lease.End.CUT_OFF: LedgerEntry.Reason.CUT_OFF,
}


def lock(leases: QuerySet[Lease], *, waiting: bool = True) -> tuple[list[Order], list[Lease]]:
    """Those of these leases that are open, and their orders that are worked at, locked until the transaction ends.

    So are their holders.

    `waiting`: whether for leases that somebody else has locked; if not, they are left out.
    """
    rows = list(leases.filter(ended_at=None).values_list("pk", "user_id"))
    keys = [key for key, _ in rows]
    list(User.objects.filter(pk__in={user for _, user in rows}).order_by("pk").select_for_update(no_key=True))
    working = Order.objects.filter(state=Order.State.WORKING, leases__in=keys).values("pk")
    orders = list(Order.objects.filter(pk__in=working).order_by("pk").select_for_update(no_key=True))
    # Asked once more of each: whoever held it until now may have changed what it was chosen for.
    still = leases.filter(pk__in=keys, ended_at=None).order_by("pk")
    return orders, list(still.select_for_update(no_key=True, skip_locked=not waiting))


def close(leases: Sequence[Lease], how: Lease.End, why: str) -> None:
    """End these leases, which are open and locked. Their vessels are cleaned next; the ledger is the caller's."""
    now = timezone.now()
    Lease.objects.filter(pk__in=[lease.pk for lease in leases]).update(
        state=Lease.State.ENDED, ended_at=now, end=how, why=why[:300]
    )
    for lease in leases:
        lease.state, lease.ended_at, lease.end, lease.why = Lease.State.ENDED, now, how, why[:300]
    vessels = Vessel.objects.filter(pk__in=[lease.vessel_id for lease in leases if lease.vessel_id is not None])
    vessels.filter(state=Vessel.State.LEASED).update(
        state=Vessel.State.LOST if how is Lease.End.LOST else Vessel.State.DIRTY,
        keys_synced=True,
        shuffle=Random(),  # or else the same vessels would go from hand to hand together
        try_at=None,
    )
    call_workers()


def close_and_give_back(leases: Sequence[Lease], how: Lease.End, why: str) -> None:
    """End these leases, which are open and locked, and count them no longer as held."""
    close(leases, how, why)
    holders = Counter(lease.user_id for lease in leases if lease.user_id is not None)
    for user_id in sorted(holders):
        handles = [lease.handle for lease in leases if lease.user_id == user_id]
        ledger.give_back(user_id, holders[user_id], _REASONS[how], f"{_named(handles)}: {why}")


def _named(handles: Sequence[str]) -> str:
    return handles[0] if len(handles) == 1 else f"{len(handles)} vessels"
