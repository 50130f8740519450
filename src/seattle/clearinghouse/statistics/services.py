"""Taking snapshots, which a worker does, and reading them, which the charts do."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count, Q

from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.statistics.models import Snapshot

EVERY: Final = timedelta(minutes=5)
_KEPT: Final = {Snapshot.Keep.SHORT: timedelta(days=2), Snapshot.Keep.HOURLY: timedelta(days=92)}
MOST_POINTS: Final = 400  # of one chart


def take_snapshot(now: datetime) -> bool:
    """Count, unless somebody has since the last full five minutes; whether it was done. Old ones are thinned out.

    May be called as often as one likes, by several workers at once: one of them counts.
    """
    at = _rounded_down(now)
    if Snapshot.objects.filter(at=at).exists():
        return False
    with transaction.atomic():
        made = Snapshot.objects.bulk_create([_count(at)], ignore_conflicts=True)
        _thin_out(now)
    return bool(made)


def history(since: datetime) -> list[Snapshot]:
    """The snapshots from then on, oldest first; evenly thinned out to what a chart can show."""
    times = list(Snapshot.objects.filter(at__gte=since).order_by("at").values_list("pk", flat=True))
    step = len(times) // MOST_POINTS + 1
    return list(Snapshot.objects.filter(pk__in=times[::-step]).order_by("at"))  # the latest one is always among them


def _count(at: datetime) -> Snapshot:
    there = Node.objects.filter(online=True)
    nodes = there.aggregate(all=Count("pk"), in_use=Count("pk", Q(state=Node.State.READY)))
    states = dict(
        Vessel.objects.filter(node__online=True, node__state=Node.State.READY)
        .order_by()
        .values_list("state")
        .annotate(count=Count("pk"))
    )
    return Snapshot(
        at=at,
        keep=_keep(at),
        nodes_online=nodes["all"],
        nodes_in_use=nodes["in_use"],
        vessels_free=states.get(Vessel.State.FREE, 0),
        vessels_held=states.get(Vessel.State.LEASED, 0),
    )


def _rounded_down(now: datetime) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (now - midnight) // EVERY * EVERY


def _keep(at: datetime) -> Snapshot.Keep:
    """Whether it is the first of a day or an hour, by what is there already: workers may have been away."""
    day = at.replace(hour=0, minute=0)
    if not Snapshot.objects.filter(at__gte=day, at__lt=at, keep=Snapshot.Keep.DAILY).exists():
        return Snapshot.Keep.DAILY
    if not Snapshot.objects.filter(at__gte=at.replace(minute=0), at__lt=at).exists():
        return Snapshot.Keep.HOURLY
    return Snapshot.Keep.SHORT


def _thin_out(now: datetime) -> None:
    for keep, kept in _KEPT.items():
        Snapshot.objects.filter(keep=keep, at__lt=now - kept).delete()
