"""Who works at which node: a claim on its row, which ends by itself when its worker does not.

Workers compare times by their own clocks. The fabric takes nothing from who is more than 30 seconds out, so a claim
that lives longer than a visit by more than twice that is never believed to be over while it is not.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases.models import Lease

LONGEST_VISIT: Final = timedelta(seconds=40)
CLAIM: Final = LONGEST_VISIT + timedelta(seconds=70)

_RNG: Final = random.SystemRandom()


@dataclass(frozen=True)
class Due:
    """Nodes (primary keys) where something is to be done."""

    vessels: tuple[int, ...]  # somebody waits for it: to be told, or to be cleaned
    looks: tuple[int, ...]  # new ones, and those to be looked at again


def due(now: datetime, *, most: int, but: Collection[int] = (), thorough: bool = True) -> Due:
    """Where there is work now, in random order, so that several workers seldom go for the same node.

    `thorough`: also for what can wait for half a second, which takes longer to find.
    """
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    vessel_due = Q(try_at=None) | Q(try_at__lte=now)
    # Each is a range of an index of its own, which holds only what is to be done.
    urgent = set(
        Lease.objects.filter(state=Lease.State.ASSIGNING, vessel__isnull=False).values_list(
            "vessel__node_id", flat=True
        )[: 4 * most]
    )
    unsynced, dirty = Vessel.objects.filter(keys_synced=False), Vessel.objects.filter(state=Vessel.State.DIRTY)
    for waiting in (unsynced, dirty) if thorough else (unsynced,):
        reachable = waiting.filter(vessel_due, node__online=True).filter(
            Q(node__try_at=None) | Q(node__try_at__lte=now)
        )
        urgent.update(reachable.values_list("node_id", flat=True)[: 4 * most])
    vessels = Node.objects.filter(free, pk__in=urgent - set(but)).values_list("pk", flat=True)
    if not thorough:
        return Due(_shuffled(set(vessels)), ())
    looks = (
        Node.objects.filter(free, probe_at__lte=now)
        .exclude(state=Node.State.RETIRED)
        .order_by("probe_at")
        .values_list("pk", flat=True)[:most]
    )
    return Due(_shuffled(set(vessels)), _shuffled(set(looks) - set(but)))


def claim(node_id: int, worker: str, now: datetime) -> bool:
    """Take a node for this worker, if nobody has it; whether it is ours. Of two who come at once, one gets it."""
    free = Node.objects.filter(Q(claimed_until=None) | Q(claimed_until__lte=now), pk=node_id)
    return free.update(claimed_by=worker, claimed_until=now + CLAIM) == 1


def let_go(node_id: int, worker: str) -> None:
    """Leave a node to whoever comes next, if it is still ours."""
    Node.objects.filter(pk=node_id, claimed_by=worker).update(claimed_by="", claimed_until=None)


def _shuffled(nodes: set[int]) -> tuple[int, ...]:
    return tuple(_RNG.sample(sorted(nodes), len(nodes)))
