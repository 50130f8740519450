"""Why an order can't be met, in words: how many there are, and what stands in the way of more."""

from datetime import datetime
from typing import Final

from django.db.models import Count, Q, QuerySet

from seattle.clearinghouse.config import PortPolicy
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases.candidates import Wish
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.clearinghouse.leases.pool import IN_USE, pool, port_policy
from seattle.clearinghouse.leases.where import Where

_ANY_PORT: Final = Where(own_port=False)


def explain(wish: Wish, wanted: int, found: int, *, now: datetime) -> str:
    """For who asked for more than there are."""
    text = f"only {found} of {wanted} vessels ({wish.kind.label}) can be had now"
    if not _kept().exists():
        return f"{text}: this testbed has no vessels; it gets them from computers that people donate"
    if wish.where.asns and not Node.objects.filter(asn__isnull=False).exists():
        return f"{text}: this testbed does not know the AS numbers of its nodes; filter by as_names, or by countries"
    if wish.where not in (Where(), _ANY_PORT, Where(own_port=True)):
        unfiltered = _count(wish.kind, pool(wish.kind, Where(own_port=wish.where.own_port), user=wish.user, now=now))
        return f"{text}: without the filters {unfiltered} could; ask for fewer, with other filters, or later"
    if port_policy(wish.where) is PortPolicy.REQUIRED:
        on_any = _count(wish.kind, pool(wish.kind, _ANY_PORT, user=wish.user, now=now))
        return f"{text} with your port {wish.user.port}: {on_any} without it; ask for fewer, or later"
    of_any_kind = pool(Kind.RANDOM, wish.where, user=wish.user, now=now).count()
    others = f", so that {of_any_kind} of any kind can be had" if wish.kind != Kind.RANDOM else ""
    return f"{text}: {_whereabouts()}{others}; ask for fewer, for others, or later"


def explain_order(order: Order, got: int) -> str:
    """For whose order ended with fewer than it wanted."""
    failed = order.leases.filter(end__in=(Lease.End.NOT_GIVEN, Lease.End.LOST), assigned_at=None)
    last = failed.order_by("-ended_at").first()
    text = f"{got} of {order.wanted} vessels ({Kind(order.kind).label}) could be had"
    if last is None:
        return f"{text}; no more are free now"
    return f"{text}; {failed.count()} nodes did not hand theirs over (the last: {last.why}), and no others are free now"


def _whereabouts() -> str:
    """Where all vessels are, whatever their kind."""
    kept = _kept()
    there = kept.filter(IN_USE)
    counts = there.aggregate(
        leased=Count("pk", filter=Q(state=Vessel.State.LEASED)), dirty=Count("pk", filter=Q(state=Vessel.State.DIRTY))
    )
    away = kept.count() - there.count()
    return (
        f"of all {kept.count()}, {counts['leased']} are in use, {counts['dirty']} are being cleaned, and {away} are on"
        " computers that are away or hold back"
    )


def _kept() -> QuerySet[Vessel]:
    return Vessel.objects.exclude(state=Vessel.State.LOST)


def _count(kind: Kind, vessels: QuerySet[Vessel]) -> int:
    if kind == Kind.WAN:
        return vessels.aggregate(networks=Count("node__network", distinct=True))["networks"] or 0
    if kind == Kind.LAN:
        sizes = (
            vessels.values("node__network").annotate(size=Count("pk")).order_by("-size").values_list("size", flat=True)
        )
        return sizes.first() or 0
    return vessels.count()
