"""What everybody may know: where the testbed is, how to join it, and how large it is."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from seattle.clearinghouse.api.credentials import nobody
from seattle.clearinghouse.api.forms import answers, note
from seattle.clearinghouse.fleet import overview
from seattle.clearinghouse.fleet.units import PORTS_OF_A_UNIT, unit
from seattle.clearinghouse.statistics.services import history

FRESH: Final = 30  # seconds that an overview is good for
MOST_HOURS: Final = 24 * 366 * 10

# ruff: noqa: ARG001 - each of these is called with the request

router = Router(tags=["testbed"], auth=nobody)


class TestbedTold(Schema):
    """What users and donors need to join."""

    name: str
    contact: str
    url: Annotated[str, note("of the site")]
    brokers: Annotated[list[str], note("of the fabric")]
    enrol_url: Annotated[str, note("where keys are enrolled; empty: nowhere yet")]
    worker_key: Annotated[str, note("the id of the key that owns donated vessels")]
    registration_open: bool
    unit: Annotated[dict[str, float], note("what a vessel has: cores, bytes, bytes a second, and numbers of items")]
    ports_of_a_unit: int
    free_credits: Annotated[int, note("vessels that every user may hold")]
    credits_per_donation: int
    donations_per_address: Annotated[int, note("that are credited")]
    donations_per_network: int
    first_lease_hours: float
    longest_lease_hours: float
    port_policy: Annotated[str, note("whether vessels must have their user's port")]


class CountryTold(Schema):
    """What there is in one country (ISO 3166 code; empty: not known)."""

    country: str
    nodes: int
    free: Annotated[int, note("vessels")]
    leased: int


class Overview(Schema):
    """The network now. It is counted anew every half a minute."""

    nodes: Annotated[int, note("that are there, and in use")]
    free: Annotated[int, note("vessels")]
    leased: int
    countries: list[CountryTold]
    states: Annotated[dict[str, int], note("nodes that are there, by state")]


class Moment(Schema):
    """The network at one time."""

    at: datetime
    nodes_online: int
    nodes_in_use: int
    vessels_free: int
    vessels_held: int


@router.get("/testbed", response=answers(200, TestbedTold), summary="What it takes to join")
def get_testbed(request: HttpRequest) -> Any:
    """Where the testbed is, and its rules."""
    site = settings.SITE
    return {
        **{name: getattr(site, name) for name in TestbedTold.model_fields if hasattr(site, name)},
        "enrol_url": site.enrol_url,
        "unit": unit(),
        "ports_of_a_unit": PORTS_OF_A_UNIT,
    }


@router.get("/overview", response=answers(200, Overview), summary="How large it is")
def get_overview(request: HttpRequest) -> Any:
    """Nodes and vessels by country, and nodes by state."""
    return cache.get_or_set("api-overview", _overview, FRESH)


@router.get("/overview/history", response=answers(200, list[Moment]), summary="How large it was")
def get_history(
    request: HttpRequest, hours: Annotated[int, Field(ge=1, le=MOST_HOURS, description="so far back")] = 24
) -> Any:
    """What was counted since then, oldest first. The longer ago, the fewer counts are kept."""
    return history(timezone.now() - timedelta(hours=hours))


def _overview() -> dict[str, Any]:
    countries = overview.by_country()
    return {
        "nodes": sum(one.nodes for one in countries),
        "free": sum(one.free for one in countries),
        "leased": sum(one.leased for one in countries),
        "countries": [vars(one) for one in countries],
        "states": overview.by_state(),
    }
