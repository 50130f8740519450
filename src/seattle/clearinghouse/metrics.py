"""Figures for Prometheus, counted in the database when they are asked for: all processes of a site tell the same."""

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.desk.models import CutOff
from seattle.clearinghouse.fleet.models import Donation, Node, Vessel
from seattle.clearinghouse.journal.models import Heartbeat
from seattle.clearinghouse.leases.models import Lease, Order

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def metrics_text() -> bytes:
    """All figures, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(Figures())
    return generate_latest(registry)


class Figures(Collector):
    """What is in the database now."""

    def collect(self) -> Iterator[Metric]:
        """Each figure; some ten queries in all."""
        yield _by("seattle_nodes", "Nodes", Node.objects.exclude(state=Node.State.RETIRED), "state", "online")
        yield _by("seattle_vessels", "Vessels", Vessel.objects.all(), "state")
        yield _by("seattle_leases", "Leases that have not ended", Lease.objects.filter(ended_at=None), "state")
        yield _by("seattle_donations", "Donations", Donation.objects.all(), "credited")
        yield _by("seattle_users", "Accounts", User.objects.all(), "is_active")
        waiting = Order.objects.filter(state=Order.State.WORKING)
        yield _one("seattle_orders_working", "Orders that are being worked at", waiting.count())
        yield _age("seattle_oldest_order_seconds", "Age of the oldest of them; 0 for none", waiting)
        stale = Vessel.objects.filter(keys_synced=False).count()
        yield _one("seattle_vessels_with_old_keys", "Vessels whose nodes are still to be told of keys", stale)
        cut = CutOff.objects.filter(done_at=None)
        yield _one("seattle_cut_offs_waiting", "Keys that are being cut off", cut.count())
        yield _age("seattle_oldest_cut_off_seconds", "Age of the oldest of them; 0 for none", cut)
        yield _heartbeats()


def _by(name: str, text: str, rows: QuerySet[Any], *fields: str) -> GaugeMetricFamily:
    figure = GaugeMetricFamily(name, text, labels=fields)
    for row in rows.order_by().values(*fields).annotate(number=Count("pk")):
        figure.add_metric([str(row[field]).lower() for field in fields], row["number"])
    return figure


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _age(name: str, text: str, rows: QuerySet[Any]) -> GaugeMetricFamily:
    first = rows.order_by().aggregate(first=Min("created_at"))["first"]
    return _one(name, text, (timezone.now() - first).total_seconds() if first else 0)


def _heartbeats() -> GaugeMetricFamily:
    figure = GaugeMetricFamily("seattle_worker_silent_seconds", "Since a worker was heard last", labels=["worker"])
    now = timezone.now()
    for beat in Heartbeat.objects.filter(ended_at=None).order_by("-at")[:100]:
        figure.add_metric([beat.worker], (now - beat.at).total_seconds())
    return figure
