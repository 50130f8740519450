"""Figures of the node for Prometheus, in its text format."""

from typing import Final

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, Gauge, Info, generate_latest

from seattle.fabric.node_api import VesselState
from seattle.node.overview import Status
from seattle.resources.kinds import NUMBERS

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4


def metrics_text(status: Status) -> bytes:
    """All figures of a node. Labels are names of vessels and resources: nothing that strangers write."""
    registry = CollectorRegistry(auto_describe=False)

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"seattle_node_{name}", text, labels, registry=registry)

    Info("seattle_node", "The node.", registry=registry).info({"id": status.node, "version": status.version})
    gauge("start_time_seconds", "When the daemon began, in seconds since 1970.").set(status.began)
    gauge("connected", "1 with a line to the testbed, else 0.").set(not status.disconnected)
    gauge("holding_back", "1 if the node starts nothing at the moment, else 0.").set(bool(status.holding_back))
    up = gauge("wall_up", "1 for a part of the walls that stands, else 0.", "wall")
    for wall in status.walls:
        up.labels(wall.name).set(wall.state == "up")
    running = gauge("vessel_running", "1 for a vessel in which a program runs, else 0.", "vessel")
    limit = gauge("vessel_limit", "What a vessel may use, in the resource's unit.", "vessel", "resource")
    used = gauge("vessel_usage", "What a vessel uses; of cpu, the seconds since its start.", "vessel", "resource")
    for vessel in status.vessels:
        running.labels(vessel.name).set(vessel.state is VesselState.STARTED)
        for resource in NUMBERS:
            for family, amounts in ((limit, vessel.limits), (used, vessel.usage)):
                amount = amounts.get(resource.value, 0)
                family.labels(vessel.name, resource.value).set(0 if isinstance(amount, list) else amount)
    return generate_latest(registry)
