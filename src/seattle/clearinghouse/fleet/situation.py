"""A node as our rows have it, at one moment, as values: what a worker decides by."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from seattle.clearinghouse.accounts.models import UserKey
from seattle.clearinghouse.fleet.models import Node, Vessel, VesselPort
from seattle.clearinghouse.leases.models import Lease


@dataclass(frozen=True, kw_only=True)
class UnitNow:
    """One vessel's row, and whose it is."""

    pk: int
    name: str
    state: str  # a Vessel.State
    synced: bool  # whether the node has its holder's keys, as far as we know
    due: bool  # whether it is time to try again what went wrong
    ports: tuple[int, ...]
    lease: int | None = None  # the one that has not ended
    assigning: bool = False
    users: tuple[str, ...] = ()  # ids of its holder's keys, oldest first


@dataclass(frozen=True, kw_only=True)
class NodeNow:
    """One node's row, with its vessels."""

    pk: int
    node_id: str
    state: str  # a Node.State
    online: bool
    rest_vessel: str
    token: str  # of its donation; empty if it is nobody's
    donated: bool
    backing_off: bool  # whether it failed a moment ago
    probe_due: bool
    units: tuple[UnitNow, ...]

    @property
    def may_be_asked(self) -> bool:
        """Whether it may answer: it is online, or it is time to look whether it is back."""
        return not self.backing_off and (self.online or self.probe_due)


def node_now(node_id: int, now: datetime) -> NodeNow:
    """The node with this primary key."""
    node = Node.objects.select_related("donation__token").get(pk=node_id)
    donation = getattr(node, "donation", None)
    return NodeNow(
        pk=node.pk,
        node_id=node.node_id,
        state=node.state,
        online=node.online,
        rest_vessel=node.rest_vessel,
        token=donation.token.token if donation is not None and donation.token is not None else "",
        donated=donation is not None,
        backing_off=node.try_at is not None and node.try_at > now,
        probe_due=node.probe_at is not None and node.probe_at <= now,
        units=_units(node_id, now),
    )


def holders_keys(user_ids: set[int]) -> dict[int, tuple[str, ...]]:
    """The ids of these users' active keys, oldest first; none for who was banned."""
    keys: dict[int, list[str]] = defaultdict(list)
    active = UserKey.objects.filter(user__in=user_ids, user__is_active=True, retired_at=None)
    for user_id, key_id in active.order_by("created_at", "pk").values_list("user_id", "key_id"):
        keys[user_id].append(key_id)
    return {user_id: tuple(ids) for user_id, ids in keys.items()}


def _units(node_id: int, now: datetime) -> tuple[UnitNow, ...]:
    vessels = list(Vessel.objects.filter(node=node_id).order_by("pk"))
    ports: dict[int, list[int]] = defaultdict(list)
    for vessel_id, port in VesselPort.objects.filter(node=node_id).values_list("vessel_id", "port"):
        ports[vessel_id].append(port)
    leases = {
        lease.vessel_id: lease for lease in Lease.objects.filter(vessel__node=node_id, ended_at=None) if lease.vessel_id
    }
    keys = holders_keys({lease.user_id for lease in leases.values() if lease.user_id is not None})
    units = []
    for vessel in vessels:
        lease = leases.get(vessel.pk)
        units.append(
            UnitNow(
                pk=vessel.pk,
                name=vessel.name,
                state=vessel.state,
                synced=vessel.keys_synced,
                due=vessel.try_at is None or vessel.try_at <= now,
                ports=tuple(sorted(ports[vessel.pk])),
                lease=None if lease is None else lease.pk,
                assigning=lease is not None and lease.state == Lease.State.ASSIGNING,
                users=() if lease is None or lease.user_id is None else keys.get(lease.user_id, ()),
            )
        )
    return tuple(units)
