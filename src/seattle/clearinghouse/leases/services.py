"""Acquiring, renewing and releasing vessels. The site calls the first part, the workers the second.

An acquisition is an `Order`, written in one transaction with its leases, which the workers then assign on the nodes. A
vessel whose node does not take it is replaced by another, until the order is met or there is none; then it fails as a
whole, unless fewer were said to do.
"""

import random
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.errors import BadRequest, CannotFulfil, UnknownVessel
from seattle.clearinghouse.fleet.models import Vessel
from seattle.clearinghouse.fleet.ports import ports_of
from seattle.clearinghouse.leases.candidates import candidates
from seattle.clearinghouse.leases.models import MOST, Kind, Lease, Order
from seattle.clearinghouse.leases.where import ANYWHERE, Where

_OPEN: Final = {"ended_at": None}
_REASONS: Final = {
    Lease.End.RELEASED: LedgerEntry.Reason.RELEASED,
    Lease.End.EXPIRED: LedgerEntry.Reason.EXPIRED,
    Lease.End.LOST: LedgerEntry.Reason.LOST,
    Lease.End.NOT_GIVEN: LedgerEntry.Reason.NOT_GIVEN,
    Lease.End.CUT_OFF: LedgerEntry.Reason.RELEASED,
}
_RNG: Final = random.SystemRandom()


# What users ask for.


def acquire(
    user: User,
    kind: Kind,
    count: int,
    *,
    where: Where = ANYWHERE,
    least: int | None = None,
) -> Order:
    """Order `count` vessels; with fewer than `least` (default: all) the order fails and gives back what it has.

    Raises BadRequest, NotEnoughCredits, NotPermitted, and CannotFulfil when there are not even enough candidates now.
    """
    if not 1 <= count <= MOST:
        raise BadRequest(f"{count} vessels can't be acquired at once: ask for 1 to {MOST}")
    least = count if least is None else least
    if not 0 <= least <= count:
        raise BadRequest(f"at least {least} of {count} makes no sense: choose a number from 0 to {count}")
    with transaction.atomic():
        ledger.hold(user.pk, count, f"{count} {kind}")
        found = candidates(kind, count, where, user=user, rng=_RNG)
        if len(found) < max(1, least):
            raise CannotFulfil(_shortage(kind, count, len(found)))
        order = Order.objects.create(user=user, kind=kind, wanted=count, least=least, where=_stored(where))
        _lease(order, user, found)
        if len(found) < count:
            ledger.give_back(user.pk, count - len(found), LedgerEntry.Reason.NOT_GIVEN, "fewer were to be had")
        return order


def acquire_specific(user: User, handles: Sequence[str]) -> Order:
    """Order these vessels; those that are not free are left out. Raises UnknownVessel, NotEnoughCredits, BadRequest."""
    wanted = list(dict.fromkeys(handles))
    if not wanted:
        raise BadRequest("no vessel is named: give at least one handle")
    with transaction.atomic():
        known = _by_handle(wanted)
        ledger.hold(user.pk, len(known), f"{len(known)} by handle")
        free = Vessel.objects.filter(
            pk__in=[vessel.pk for vessel in known], state=Vessel.State.FREE, node__online=True
        ).select_related("node")
        found = list(free.order_by("pk").select_for_update(of=("self",), skip_locked=True))
        order = Order.objects.create(user=user, kind=Kind.SPECIFIC, wanted=len(known), least=0)
        _lease(order, user, found)
        ledger.give_back(user.pk, len(known) - len(found), LedgerEntry.Reason.NOT_GIVEN, "not free")
        _finish_if_settled(order)
        return order


def renew(user: User, handles: Collection[str] | None = None) -> list[Lease]:
    """Let these vessels (None: all) be the user's for the longest time from now; those renewed.

    Handles of vessels that are not the user's are skipped. Raises NotEnoughCredits for who holds more than allowed.
    """
    until = timezone.now() + settings.SITE.longest_lease
    with transaction.atomic():
        ledger.check_within_limits(user)
        mine = list(_held(user, handles).select_for_update())
        Lease.objects.filter(pk__in=[lease.pk for lease in mine]).update(expires_at=until, warned_at=None)
    for lease in mine:
        lease.expires_at, lease.warned_at = until, None
    return mine


def release(user: User, handles: Collection[str] | None = None) -> list[Lease]:
    """Give these vessels (None: all) back; those that were. Handles of vessels that are not the user's are skipped."""
    with transaction.atomic():
        mine = list(_held(user, handles).select_for_update())
        return end(mine, Lease.End.RELEASED, "you released it")


def held(user: User) -> list[Lease]:
    """What the user has now, with vessels and nodes, oldest first."""
    return list(_held(user, None).select_related("vessel__node").prefetch_related("vessel__ports"))


# What workers do.


@transaction.atomic
def end(leases: Iterable[Lease], how: Lease.End, why: str) -> list[Lease]:
    """End these leases, which must be locked: their vessels are cleaned next, and no longer count as held."""
    now, ended = timezone.now(), []
    for lease in leases:
        closed = Lease.objects.filter(pk=lease.pk, **_OPEN).update(
            state=Lease.State.ENDED, ended_at=now, end=how, why=why[:300]
        )
        if not closed:  # somebody else was quicker
            continue
        ended.append(lease)
        lost = how is Lease.End.LOST
        if lease.vessel_id is not None:
            Vessel.objects.filter(pk=lease.vessel_id).update(
                state=Vessel.State.LOST if lost else Vessel.State.DIRTY, keys_synced=True, try_at=None
            )
        if lease.user_id is not None:
            ledger.give_back(lease.user_id, 1, _REASONS[how], f"{lease.handle}: {why}")
    return ended


@transaction.atomic
def assigned(lease: Lease) -> None:
    """The node has the holder's keys: the vessel is in use from now on."""
    Lease.objects.filter(pk=lease.pk, state=Lease.State.ASSIGNING).update(
        state=Lease.State.ACTIVE, assigned_at=timezone.now()
    )
    if lease.order is not None:
        _finish_if_settled(lease.order)


@transaction.atomic
def not_assigned(lease: Lease, why: str) -> None:
    """The node did not take it: another vessel is tried in its place, or else the order ends as it may."""
    end([lease], Lease.End.NOT_GIVEN, why)
    if lease.order_id is not None:
        _finish_if_settled(Order.objects.select_for_update().get(pk=lease.order_id))


def expire(now: datetime) -> list[Lease]:
    """End what is over; those that were."""
    with transaction.atomic():
        over = Lease.objects.filter(expires_at__lte=now, **_OPEN).select_for_update(skip_locked=True)
        return end(list(over[:500]), Lease.End.EXPIRED, "its time was over")


# How.


def _lease(order: Order, user: User, vessels: Sequence[Vessel]) -> None:
    until = timezone.now() + settings.SITE.first_lease
    ports = ports_of(vessels)
    Vessel.objects.filter(pk__in=[vessel.pk for vessel in vessels]).update(
        state=Vessel.State.LEASED, keys_synced=False, try_at=None
    )
    Lease.objects.bulk_create(
        Lease(
            vessel=vessel,
            node_id=vessel.node.node_id,
            vessel_name=vessel.name,
            ports=ports.get(vessel.pk, []),
            user=user,
            username=user.username,
            order=order,
            expires_at=until,
        )
        for vessel in vessels
    )
    order.tries += len(vessels)
    order.save(update_fields=["tries"])


def _finish_if_settled(order: Order) -> None:
    """End an order none of whose leases waits for a node any more."""
    states = list(order.leases.filter(**_OPEN).values_list("state", flat=True))
    if Lease.State.ASSIGNING in states or order.state != Order.State.WORKING:
        return
    got = len(states)
    order.finished_at = timezone.now()
    if got >= order.wanted:
        order.state = Order.State.DONE
    elif got >= order.least:
        order.state, order.message = Order.State.PARTIAL, f"{got} of {order.wanted} are there; no more can be had now"
    else:
        order.state, order.message = Order.State.FAILED, _shortage(Kind(order.kind), order.wanted, got)
        end(list(order.leases.filter(**_OPEN)), Lease.End.RELEASED, "the order could not be met as a whole")
    order.save(update_fields=["state", "message", "finished_at"])


def _held(user: User, handles: Collection[str] | None) -> QuerySet[Lease]:
    mine = Lease.objects.filter(user=user, **_OPEN)
    if handles is None:
        return mine
    named = {tuple(handle.rpartition(":")[::2]) for handle in handles}
    return mine.filter(pk__in=[one.pk for one in mine if (one.node_id, one.vessel_name) in named])


def _by_handle(handles: Sequence[str]) -> list[Vessel]:
    known = []
    for handle in handles:
        node_id, _, name = handle.rpartition(":")
        vessel = Vessel.objects.filter(node__node_id=node_id, name=name).first()
        if vessel is None:
            raise UnknownVessel(f"{handle!r} is no vessel: handles look like U...:v12, and `vessels` shows yours")
        known.append(vessel)
    return known


def _stored(where: Where) -> dict[str, object]:
    stored: dict[str, object] = msgspec.to_builtins(where)
    return stored


def _shortage(kind: Kind, wanted: int, found: int) -> str:
    return f"only {found} of {wanted} vessels ({kind.label}) can be had now: ask for fewer, for others, or later"
