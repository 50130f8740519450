"""The network as everybody may see it: where it is, how large it is, and how large it was."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar, cast

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from seattle.clearinghouse.fleet import overview
from seattle.clearinghouse.fleet.overview import InCountry
from seattle.clearinghouse.site.drawing.charts import Chart, Series, chart
from seattle.clearinghouse.site.drawing.map import map_of
from seattle.clearinghouse.statistics import services as statistics

FRESH: Final = 30  # seconds that a count is good for: counting everything is no work for each visitor
SPANS: Final = {
    "day": ("24 hours", timedelta(days=1)),
    "week": ("7 days", timedelta(days=7)),
    "month": ("30 days", timedelta(days=30)),
    "year": ("12 months", timedelta(days=365)),
}
_NETWORKS: Final = 15  # that are listed, the largest

T = TypeVar("T")


@dataclass(frozen=True)
class Totals:
    """The network in four numbers."""

    nodes: int
    countries: int
    free: int
    leased: int


@require_safe
def network(request: HttpRequest) -> HttpResponse:
    """A map, charts, and tables of the same."""
    span = request.GET.get("span", "")
    span = span if span in SPANS else "week"
    countries = counted("countries", overview.by_country)
    context = {
        "totals": totals(countries),
        "countries": countries,
        "networks": counted("networks", lambda: overview.by_network(_NETWORKS)),
        "map": map_of(countries),
        "spans": [(name, words) for name, (words, _) in SPANS.items()],
        "span": span,
        "charts": counted(f"charts-{span}", lambda: _charts(SPANS[span][1], timezone.now())),
    }
    return render(request, "network/network.html", context)


def counted(what: str, count: Callable[[], T]) -> T:
    """The count, or that of half a minute ago."""
    return cast("T", cache.get_or_set(f"network-{what}", count, FRESH))


def totals(countries: list[InCountry]) -> Totals:
    """The sums over all countries."""
    return Totals(
        nodes=sum(one.nodes for one in countries),
        countries=sum(bool(one.country) for one in countries),
        free=sum(one.free for one in countries),
        leased=sum(one.leased for one in countries),
    )


def _charts(span: timedelta, now: datetime) -> list[Chart]:
    found = statistics.history(now - span)
    times = [one.at for one in found]
    nodes = [
        Series("nodes online", [one.nodes_online for one in found]),
        Series("in use", [one.nodes_in_use for one in found]),
    ]
    vessels = [
        Series("free vessels", [one.vessels_free for one in found]),
        Series("held by users", [one.vessels_held for one in found]),
    ]
    return [
        chart("Nodes", times, nodes, since=now - span, until=now),
        chart("Vessels", times, vessels, since=now - span, until=now),
    ]
