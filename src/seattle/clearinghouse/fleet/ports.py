"""Which ports vessels have."""

from collections.abc import Iterable

from seattle.clearinghouse.fleet.models import Vessel, VesselPort


def ports_of(vessels: Iterable[Vessel]) -> dict[int, list[int]]:
    """The ports of each vessel that has any, lowest first, by primary key; one query."""
    found: dict[int, list[int]] = {}
    rows = VesselPort.objects.filter(vessel__in=[vessel.pk for vessel in vessels]).order_by("port")
    for vessel_id, port in rows.values_list("vessel_id", "port"):
        found.setdefault(vessel_id, []).append(port)
    return found
