"""Which free vessels an order gets: the rules of the kinds, as queries that lock what they return.

    random, nat   spread over nodes
    wan           each in another network
    lan           all in one network, spread over its nodes

Spread over nodes means: first nodes on which the user has nothing, then others, and only then a second vessel of the
same node. Where the user's own port is preferred, vessels that have it come before all of these; where it is required
there is at most one such vessel on a node anyway. So a testbed of three computers can give ten vessels, and one of
three hundred gives ten computers.
"""

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Count, QuerySet

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.config import PortPolicy
from seattle.clearinghouse.errors import CannotFulfil
from seattle.clearinghouse.fleet.models import Vessel
from seattle.clearinghouse.leases.models import Kind, Lease
from seattle.clearinghouse.leases.pool import FREE, pool, port_policy, with_port
from seattle.clearinghouse.leases.where import Where

MOST_NETWORKS: Final = 10  # that are tried for a `lan`
_SAMPLE: Final = 100  # vessels whose networks are looked at first


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What vessels somebody wants."""

    kind: Kind
    user: User
    where: Where
    not_on: Collection[int] = ()  # nodes (primary keys) that are out of the question
    not_in: Collection[str] = ()  # networks that are


def candidates(wish: Wish, count: int, *, now: datetime, rng: random.Random) -> list[Vessel]:
    """Up to `count` free vessels, with their nodes, locked until the transaction ends; fewer if there are no more.

    Raises BadRequest for filters that make no sense, CannotFulfil for a kind that is not picked so.
    """
    draw = Draw(wish, rng)
    vessels = pool(wish.kind, wish.where, user=wish.user, now=now).exclude(node__in=list(wish.not_on))
    if wish.not_in:
        vessels = vessels.exclude(node__network__in=list(wish.not_in))
    match wish.kind:
        case Kind.RANDOM | Kind.NAT:
            return draw.spread(vessels, count)
        case Kind.WAN:
            return draw.of_different_networks(vessels, count)
        case Kind.LAN:
            return draw.of_one_network(vessels, count)
        case Kind.SPECIFIC:
            raise CannotFulfil("vessels that were named are not picked: others would not be those")


class Draw:
    """Picking vessels at random for one wish."""

    def __init__(self, wish: Wish, rng: random.Random) -> None:
        self._wish = wish
        self._rng = rng

    def spread(self, vessels: QuerySet[Vessel], count: int) -> list[Vessel]:
        """Of as many different nodes as can be."""
        found: list[Vessel] = []
        for better in self._best_first(vessels):
            found += self._at_random(better, count - len(found), apart=_NODE, taken=found)
        if len(found) < count:
            found += self._at_random(vessels, count - len(found), apart=_ITSELF, taken=found)
        return found

    def of_different_networks(self, vessels: QuerySet[Vessel], count: int) -> list[Vessel]:
        """No two of one network."""
        found: list[Vessel] = []
        for better in self._best_first(vessels):
            found += self._at_random(better, count - len(found), apart=_NETWORK, taken=found)
        return found

    def of_one_network(self, vessels: QuerySet[Vessel], count: int) -> list[Vessel]:
        """All of one network; the most that one can give, if none can give all."""
        best: list[Vessel] = []
        for network in self._networks(vessels, count):
            found = self.spread(vessels.filter(node__network=network), count)
            best = max(best, found, key=len)
            if len(best) == count:  # what others could not give stays locked for the moment of this transaction
                break
        return best

    def _networks(self, vessels: QuerySet[Vessel], count: int) -> list[str]:
        """Those that can give all, at random, first those with a node for each; or else the one that gives most."""
        # Counting all networks takes long where there are thousands: some vessels at random, whose networks are more
        # likely large than small, mostly tell enough of them.
        sizes = _sizes(vessels.filter(node__network__in=self._some_networks(vessels)))
        if not any(size.vessels >= count for size in sizes):
            sizes = _sizes(vessels)
        self._rng.shuffle(sizes)
        large = sorted((size for size in sizes if size.vessels >= count), key=lambda size: size.nodes < count)
        largest = sorted(sizes, key=lambda size: -size.vessels)[:1]
        return [size.network for size in (large or largest)[:MOST_NETWORKS]]

    def _some_networks(self, vessels: QuerySet[Vessel]) -> set[str]:
        some = vessels.filter(shuffle__gte=self._rng.random()).order_by("shuffle")
        return set(some.values_list("node__network", flat=True)[:_SAMPLE])

    def _best_first(self, vessels: QuerySet[Vessel]) -> Iterator[QuerySet[Vessel]]:
        mine = Lease.objects.filter(user=self._wish.user, ended_at=None, vessel__isnull=False).values("vessel__node")
        elsewhere = vessels.exclude(node__in=mine)
        if port_policy(self._wish.where) is PortPolicy.PREFERRED:
            yield with_port(elsewhere, self._wish.user.port)
            yield with_port(vessels, self._wish.user.port)
        yield elsewhere
        yield vessels

    def _at_random(
        self, vessels: QuerySet[Vessel], count: int, *, apart: "Apart", taken: Collection[Vessel]
    ) -> list[Vessel]:
        """Up to `count` that differ in `apart` from each other and from `taken`.

        From a random place on in the random order (`Vessel.shuffle`), and round once: ranges of an index, whatever the
        size of the testbed. What others have locked is passed over.
        """
        found: list[Vessel] = []
        start = self._rng.random()
        for part in (vessels.filter(shuffle__gte=start), vessels.filter(shuffle__lt=start)):
            after, size = -1.0, 2 * count + 10
            while len(found) < count:
                seen = {apart.of(vessel) for vessel in (*taken, *found)}
                rest = part.filter(shuffle__gt=after).exclude(**{f"{apart.column}__in": list(seen)})
                batch = list(rest.order_by("shuffle").values_list("pk", apart.column, "shuffle")[:size])
                if not batch:
                    break
                after, size = batch[-1][2], 2 * size
                different = {key: pk for pk, key, _ in reversed(batch)}  # the first of each
                found += _lock(list(different.values()), count - len(found))
        return found


@dataclass(frozen=True)
class Apart:
    """In what vessels are to differ."""

    column: str
    of: Callable[[Vessel], object]


_ITSELF: Final = Apart("pk", lambda vessel: vessel.pk)
_NODE: Final = Apart("node_id", lambda vessel: vessel.node_id)
_NETWORK: Final = Apart("node__network", lambda vessel: vessel.node.network)


class _Size(NamedTuple):
    """What a network has for a wish."""

    network: str
    vessels: int
    nodes: int


def _sizes(vessels: QuerySet[Vessel]) -> list[_Size]:
    counted = vessels.values("node__network").annotate(vessels=Count("pk"), nodes=Count("node", distinct=True))
    return [_Size(*row) for row in counted.values_list("node__network", "vessels", "nodes")]


def _lock(keys: Sequence[int], count: int) -> list[Vessel]:
    """Up to `count` of these that are free still, and that nobody else has locked."""
    free = Vessel.objects.filter(FREE).select_related("node").order_by("pk")
    locked: list[Vessel] = []
    tried = 0
    while tried < len(keys) and len(locked) < count:
        some = keys[tried : tried + count - len(locked)]
        tried += len(some)
        locked += free.filter(pk__in=some).select_for_update(of=("self",), skip_locked=True, no_key=True)
    return locked
