"""How an order comes to its end: its leases are opened, replaced by others where a node fails, and counted."""

import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import msgspec
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.fleet.calling import call_workers
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.fleet.ports import ports_of
from seattle.clearinghouse.leases.candidates import Wish, candidates
from seattle.clearinghouse.leases.ending import close, close_and_give_back, lock
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.clearinghouse.leases.shortage import explain_order
from seattle.clearinghouse.leases.where import parse_where

RNG: Final = random.SystemRandom()

# Leases of an order that came to nothing. Not those that the user gave back.
_MISSED: Final = Q(end__in=(Lease.End.NOT_GIVEN, Lease.End.UNDONE)) | Q(
    end__in=(Lease.End.LOST, Lease.End.CUT_OFF, Lease.End.EXPIRED), assigned_at=None
)
_TOO_SMALL: Final = "the network could not give as many as were asked for; another is tried"


def open_leases(order: Order, vessels: Sequence[Vessel]) -> None:
    """Make these vessels, which are free and locked, the order's; the workers tell their nodes."""
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
            user=order.user,
            username=order.user.username,
            order=order,
            expires_at=until,
        )
        for vessel in vessels
    )
    call_workers()


def replace_failed(order: Order, failed: Lease, *, now: datetime) -> None:
    """Try another vessel for one that was closed, and that still counts as held; if there is none, it no longer does.

    The order must be locked.
    """
    if _try_another(order, failed, now):
        return
    if failed.user_id is not None:
        ledger.give_back(failed.user_id, 1, LedgerEntry.Reason.NOT_GIVEN, f"{failed.handle}: {failed.why}")
    settle(order)


def settle(order: Order) -> None:
    """End an order, which must be locked, if none of its leases waits for a node any more."""
    if order.state != Order.State.WORKING or order.leases.filter(state=Lease.State.ASSIGNING).exists():
        return
    got = order.leases.exclude(_MISSED).count()  # also those that the user has given back meanwhile
    order.finished_at = timezone.now()
    if got >= order.wanted:
        order.state = Order.State.DONE
    elif got >= max(1, order.least):
        order.state, order.message = Order.State.PARTIAL, explain_order(order, got)[:500]
    else:
        order.state, order.message = Order.State.FAILED, explain_order(order, got)[:500]
        _, rest = lock(order.leases.all())
        close_and_give_back(rest, Lease.End.UNDONE, "the order could not be met as a whole")
    order.save(update_fields=["state", "message", "finished_at"])


def most_tries(order: Order) -> int:
    """How many vessels are tried for an order, all told, before it is given up."""
    return 3 * order.wanted + 20


def _try_another(order: Order, failed: Lease, now: datetime) -> bool:
    if order.kind == Kind.SPECIFIC or order.tries >= most_tries(order) or not order.user.is_active:
        return False
    failures = Lease.objects.filter((Q(order=order) & _MISSED) | Q(replaced_by=order))
    wish = Wish(
        kind=Kind(order.kind),
        user=order.user,
        where=parse_where(order.where),
        not_on=[node.pk for node in _nodes(failures)],
    )
    if order.kind == Kind.LAN:
        return _in_the_same_network(order, wish, failed, now) or _in_another_network(order, wish, now)
    if order.kind == Kind.WAN:
        wish = replace(wish, not_in=_networks(order.leases.filter(ended_at=None)))
    return _take(order, candidates(wish, 1, now=now, rng=RNG), wanted=1)


def _in_the_same_network(order: Order, wish: Wish, failed: Lease, now: datetime) -> bool:
    networks = list(_networks(Lease.objects.filter(pk=failed.pk)))
    where = msgspec.structs.replace(wish.where, networks=networks)
    return bool(networks) and _take(order, candidates(replace(wish, where=where), 1, now=now, rng=RNG), wanted=1)


def _in_another_network(order: Order, wish: Wish, now: datetime) -> bool:
    """All anew, where there are as many; what the order has is given back then."""
    _, has = lock(order.leases.all())
    missing = len(has) + 1
    elsewhere = replace(wish, not_in=_networks(order.leases.all()))
    if not _take(order, candidates(elsewhere, missing, now=now, rng=RNG), wanted=missing):
        return False
    close(has, Lease.End.UNDONE, _TOO_SMALL)
    return True


def _take(order: Order, found: Sequence[Vessel], *, wanted: int) -> bool:
    if len(found) < wanted:
        return False
    open_leases(order, found)
    order.tries += len(found)
    order.save(update_fields=["tries"])
    return True


def _nodes(leases: QuerySet[Lease]) -> QuerySet[Node]:
    return Node.objects.filter(node_id__in=leases.values("node_id"))


def _networks(leases: QuerySet[Lease]) -> Collection[str]:
    return set(_nodes(leases).exclude(network="").values_list("network", flat=True))
