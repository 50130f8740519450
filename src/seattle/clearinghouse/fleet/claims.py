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

    waiting: tuple[int, ...]  # somebody waits for it: whose a vessel is, or which keys it obeys, is to be told
    background: tuple[int, ...]  # vessels are to be cleaned, or it is time for a look


def due(now: datetime, *, most: int, but: Collection[int] = (), thorough: bool = True) -> Due:
    """Where there is work now, in random order, so that several workers seldom go for the same node.

    Args:
        now: by our clock.
        most: nodes of each kind.
        but: nodes that are out of the question.
        thorough: also look for what nobody waits for, which takes longer.
    """
    # Each is a range of an index of its own, which holds only what is to be done.
    assigning = Lease.objects.filter(_unclaimed(now, "vessel__node__"), state=Lease.State.ASSIGNING)
    unsynced = Vessel.objects.filter(_reachable(now), keys_synced=False)
    waiting = set(assigning.values_list("vessel__node_id", flat=True)[:most])
    waiting |= set(unsynced.values_list("node_id", flat=True)[:most])
    background: set[int] = set()
    if thorough:
        dirty = Vessel.objects.filter(_reachable(now), state=Vessel.State.DIRTY)
        looks = Node.objects.filter(_unclaimed(now), probe_at__lte=now).exclude(state=Node.State.RETIRED)
        background = set(dirty.values_list("node_id", flat=True)[:most])
        background |= set(looks.order_by("probe_at").values_list("pk", flat=True)[:most])
    return Due(_shuffled(waiting - set(but)), _shuffled(background - waiting - set(but)))


def claim(node_id: int, worker: str, now: datetime) -> bool:
    """Take a node for this worker, if nobody has it; whether it is ours. Of two who come at once, one gets it."""
    free = Node.objects.filter(_unclaimed(now), pk=node_id)
    return free.update(claimed_by=worker, claimed_until=now + CLAIM) == 1


def let_go(node_id: int, worker: str) -> None:
    """Leave a node to whoever comes next, if it is still ours."""
    Node.objects.filter(pk=node_id, claimed_by=worker).update(claimed_by="", claimed_until=None)


def _unclaimed(now: datetime, node: str = "") -> Q:
    """`node`: the way from the rows that are looked for to their node."""
    return Q((f"{node}claimed_until", None)) | Q((f"{node}claimed_until__lte", now))


def _reachable(now: datetime) -> Q:
    """Vessels with which something may be tried."""
    tried, node_tried = Q(try_at=None) | Q(try_at__lte=now), Q(node__try_at=None) | Q(node__try_at__lte=now)
    return _unclaimed(now, "node__") & tried & node_tried & Q(node__online=True)


def _shuffled(nodes: set[int]) -> tuple[int, ...]:
    return tuple(_RNG.sample(sorted(nodes), len(nodes)))
