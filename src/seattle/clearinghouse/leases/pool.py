"""Which vessels an order may get at all: free ones, of nodes that are in use and as wanted, as a query."""

import math
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Final

from django.conf import settings
from django.db.models import Exists, F, FloatField, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import ACos, Cos, Least, Radians, Sin

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.config import PortPolicy
from seattle.clearinghouse.errors import BadRequest
from seattle.clearinghouse.fleet.models import Node, Vessel, VesselPort
from seattle.clearinghouse.fleet.places import place_of
from seattle.clearinghouse.leases.models import Kind
from seattle.clearinghouse.leases.where import Where
from seattle.geography.distances import EARTH_KM, reach_km

# The same for whoever asks: free, and of a node that would start a program now.
FREE: Final = Q(state=Vessel.State.FREE)
IN_USE: Final = Q(node__online=True, node__state=Node.State.READY, node__holding_back="")


def pool(kind: Kind, where: Where, *, user: User, now: datetime) -> QuerySet[Vessel]:
    """The vessels from which an order of this kind is met. Raises BadRequest for a `near` that is nowhere."""
    vessels = Vessel.objects.filter(FREE & IN_USE & _of_kind(kind) & _as_wanted(where, now))
    if where.near and where.within_ms is not None:
        vessels = _within(vessels, where.near, where.within_ms)
    return with_port(vessels, user.port) if port_policy(where) is PortPolicy.REQUIRED else vessels


def port_policy(where: Where) -> PortPolicy:
    """Whether the user's own port matters: the filter's word, or else the site's."""
    match where.own_port:
        case True:
            return PortPolicy.REQUIRED
        case False:
            return PortPolicy.IGNORED
        case None:
            return settings.SITE.port_policy


def with_port(vessels: QuerySet[Vessel], port: int) -> QuerySet[Vessel]:
    """Those that have this port."""
    return vessels.filter(Exists(VesselPort.objects.filter(vessel=OuterRef("pk"), port=port)))


def _of_kind(kind: Kind) -> Q:
    match kind:
        case Kind.NAT:
            return Q(node__nat=Node.Nat.NAT)
        case Kind.LAN | Kind.WAN:  # behind a NAT, the network that we see says nothing about who is near whom
            return ~Q(node__nat=Node.Nat.NAT) & ~Q(node__network="")
        case _:
            return Q()


def _as_wanted(where: Where, now: datetime) -> Q:
    wanted = Q()
    if where.countries:
        wanted &= Q(node__country__in=where.countries)
    if where.not_countries:  # of a node whose country is not known, nobody can say that it is elsewhere
        wanted &= ~Q(node__country__in=[*where.not_countries, ""])
    if where.asns:
        wanted &= Q(node__asn__in=where.asns)
    if where.as_names:
        wanted &= reduce(or_, (Q(node__as_name__iexact=name) for name in where.as_names))
    if where.networks:
        wanted &= Q(node__network__in=where.networks)
    if where.least_uptime:
        wanted &= Q(node__online_since__lte=now - timedelta(hours=where.least_uptime))
    for name, amount in where.resources.items():  # names that `Where` has checked
        wanted &= Q(**{f"node__resources__{name}__gte": amount})
    return wanted


def _within(vessels: QuerySet[Vessel], near: str, within_ms: float) -> QuerySet[Vessel]:
    point = place_of(near).point
    if point is None:
        raise BadRequest(f"nobody knows where {near!r} is: give the public address of a host")
    reach = reach_km(within_ms)
    # Of a range of latitudes the planner of a database knows how many there are, of a distance it knows nothing.
    band = math.degrees(reach / EARTH_KM)
    placed = vessels.filter(node__latitude__range=(point[0] - band, point[0] + band), node__longitude__isnull=False)
    return placed.alias(away=_distance(*point)).filter(away__lte=reach)


def _distance(latitude: float, longitude: float) -> Combinable:
    """From there to the node, whose place must be known, in km along the surface."""
    there, here = Radians(F("node__latitude")), Radians(Value(latitude))
    apart = Radians(F("node__longitude") - Value(longitude))
    cosine = Sin(there) * Sin(here) + Cos(there) * Cos(here) * Cos(apart)
    angle = ACos(Least(cosine, Value(1.0), output_field=FloatField()), output_field=FloatField())
    return angle * Value(EARTH_KM)
