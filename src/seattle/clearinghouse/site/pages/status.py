"""Whether everything works: the database, the workers, and what waits for them. Programs ask /readyz instead."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from seattle.clearinghouse.condition import State, readiness, worst
from seattle.clearinghouse.fleet.models import Vessel
from seattle.clearinghouse.leases.models import Lease, Order
from seattle.clearinghouse.site.pages.bare import render_bare
from seattle.clearinghouse.site.pages.network import counted

_SLOW: Final = timedelta(minutes=2)  # what waits longer shows that the workers don't keep up
_MOST: Final = 1000  # that are counted


@dataclass(frozen=True)
class Queue:
    """What waits for the workers."""

    name: str
    length: int
    oldest: timedelta | None  # waits for so long
    slow: bool
    more: bool  # than were counted


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """For everybody: nothing in it is about anybody."""
    now = timezone.now()
    findings = readiness(now)
    overall = worst(findings)
    if findings[0].state is not State.OK:  # the database
        context = {"findings": findings, "overall": overall, "now": now}
        return HttpResponse(render_bare("status.html", context), status=503)
    queues = counted("queues", lambda: _queues(now))
    if overall is State.OK and any(queue.slow for queue in queues):
        overall = State.WARNING
    context = {"findings": findings, "overall": overall, "now": now, "queues": queues}
    return render(request, "status.html", context, status=503 if overall is State.FAILED else 200)


def _queues(now: datetime) -> list[Queue]:
    orders = Order.objects.filter(state=Order.State.WORKING)
    assigning = Lease.objects.filter(state=Lease.State.ASSIGNING)
    over = Lease.objects.filter(ended_at=None, expires_at__lte=now)
    dirty = Vessel.objects.filter(state=Vessel.State.DIRTY, node__online=True)
    unsynced = Vessel.objects.filter(keys_synced=False, node__online=True, leases__state=Lease.State.ACTIVE)
    return [
        _queue("orders that are not settled", orders[:_MOST].count(), _oldest(orders, "created_at"), now),
        _queue("vessels to be assigned", assigning[:_MOST].count(), _oldest(assigning, "created_at"), now),
        _queue("vessels whose time is over", over[:_MOST].count(), _oldest(over, "expires_at"), now),
        _queue("vessels to be cleaned", dirty[:_MOST].count(), None, now),
        _queue("vessels that are to get other keys", unsynced[:_MOST].count(), None, now),
    ]


def _oldest(rows: QuerySet[Any], field: str) -> datetime | None:
    oldest: datetime | None = rows.aggregate(oldest=Min(field))["oldest"]
    return oldest


def _queue(name: str, length: int, since: datetime | None, now: datetime) -> Queue:
    oldest = None if since is None else now - since
    return Queue(name, length, oldest, slow=oldest is not None and oldest > _SLOW, more=length == _MOST)
