"""Which free vessels an order gets: the rules of the kinds, as queries that lock what they return."""

import random
from collections.abc import Collection
from typing import Final

from django.db.models import Q, QuerySet

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import CannotFulfil
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases.models import Kind
from seattle.clearinghouse.leases.where import Where

_ROUNDS: Final = 4


def candidates(
    kind: Kind, count: int, where: Where, *, user: User, not_on: Collection[int] = (), rng: random.Random
) -> list[Vessel]:
    """Up to `count` free vessels of different nodes, locked until the transaction ends; fewer if there are no more.

    `not_on`: nodes (primary keys) that are out of the question. Raises CannotFulfil for a kind that is not picked so.
    """
    if kind not in (Kind.RANDOM, Kind.NAT):
        raise CannotFulfil(f"vessels of the kind {kind} are not to be had")
    pool = usable(where, user=user).exclude(node__in=list(not_on))
    if kind == Kind.NAT:
        pool = pool.filter(node__nat=Node.Nat.NAT)
    return _at_random(pool, count, rng)


def usable(where: Where, *, user: User) -> QuerySet[Vessel]:  # noqa: ARG001 - the port is the user's
    """The vessels that may be handed out, of nodes that are as wanted."""
    chosen = Q(state=Vessel.State.FREE, node__online=True, node__state=Node.State.READY)
    if where.countries:
        chosen &= Q(node__country__in=where.countries)
    return Vessel.objects.filter(chosen)


def _at_random(pool: QuerySet[Vessel], count: int, rng: random.Random) -> list[Vessel]:
    """From a random place on in the random order, and round once."""
    start = rng.random()
    found: list[Vessel] = []
    for part in (pool.filter(shuffle__gte=start), pool.filter(shuffle__lt=start)):
        wanted = count - len(found)
        if wanted:
            found += (
                part.order_by("shuffle")
                .select_related("node")
                .select_for_update(of=("self",), skip_locked=True)[:wanted]
            )
    return found
