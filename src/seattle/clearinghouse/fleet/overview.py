"""The whole network in a few numbers."""

from dataclasses import dataclass

from django.db.models import Count, Max, Q

from seattle.clearinghouse.fleet.models import Node, Vessel


@dataclass(frozen=True)
class InCountry:
    """What there is in one country; an empty code for where that is not known."""

    country: str
    nodes: int  # that are there now, and in use
    free: int  # vessels
    leased: int


@dataclass(frozen=True)
class InNetwork:
    """What there is in one autonomous system."""

    name: str
    asn: int | None  # where the operator has a file of AS numbers
    nodes: int  # that are there now, and in use


def by_network(most: int) -> list[InNetwork]:
    """The autonomous systems with the most nodes that are there now and in use."""
    there = Node.objects.filter(online=True, state=Node.State.READY).exclude(as_name="")
    found = there.values("as_name").annotate(nodes=Count("pk"), number=Max("asn")).order_by("-nodes", "as_name")
    return [InNetwork(name=row["as_name"], asn=row["number"], nodes=row["nodes"]) for row in found[:most]]


def by_country() -> list[InCountry]:
    """What there is now, by country; most nodes first."""
    there = Node.objects.filter(online=True, state=Node.State.READY)
    counted = (
        Vessel.objects.filter(node__in=there)
        .values_list("node__country")
        .annotate(free=Count("pk", Q(state=Vessel.State.FREE)), leased=Count("pk", Q(state=Vessel.State.LEASED)))
    )
    vessels: dict[str, tuple[int, int]] = {country: (free, leased) for country, free, leased in counted}
    nodes = there.values("country").annotate(nodes=Count("pk")).order_by("-nodes", "country")
    return [
        InCountry(
            country=row["country"],
            nodes=row["nodes"],
            free=vessels.get(row["country"], (0, 0))[0],
            leased=vessels.get(row["country"], (0, 0))[1],
        )
        for row in nodes
    ]


def by_state() -> dict[str, int]:
    """Nodes that are online, by state."""
    found = Node.objects.filter(online=True).values_list("state").annotate(count=Count("pk"))
    return dict(found)
