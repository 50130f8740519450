"""Who was it? From an address, a port and a time to the vessel, and to whom it was given at that time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db.models import Q

from seattle.clearinghouse.accounts.models import User, UserKey
from seattle.clearinghouse.desk.models import LookUp
from seattle.clearinghouse.desk.services import may_use_desk
from seattle.clearinghouse.errors import BadRequest, NotPermitted
from seattle.clearinghouse.fleet.models import Node, NodeAddress
from seattle.clearinghouse.leases.models import Lease

SLACK: Final = timedelta(minutes=10)  # clocks differ, and nodes are looked at every few minutes
MOST_NODES: Final = 100  # behind one address
MOST_LEASES: Final = 500  # of one node around one moment


@dataclass(frozen=True)
class Match:
    """A vessel that it may have been. `doubts`: in words, why it may have been another; none if there are none."""

    node: Node
    address: NodeAddress
    lease: Lease
    keys: list[UserKey]  # that the holder had at the time
    doubts: list[str]


@dataclass(frozen=True)
class Answer:
    """What is known. Matches without doubts come first. `nodes`: all that had the address, held from or not."""

    nodes: list[Node]
    matches: list[Match]


def look_up(by: User, address: str, port: int | None, moment: datetime, purpose: str) -> Answer:
    """Who may have sent from `address` (and `port`) at `moment`, which has a time zone. It is logged who asked.

    Raises NotPermitted, BadRequest.
    """
    if not may_use_desk(by):
        raise NotPermitted("this is for operators with a second factor")
    entry = LookUp(by=by, address=address, port=port, moment=moment, purpose=purpose.strip())
    try:
        entry.full_clean(exclude=["found"])
    except ValidationError as why:
        raise BadRequest(" ".join(why.messages)) from why
    seen = list(_seen_at(entry.address, moment))
    matches = sorted(
        (match for one in seen for match in _held_at(one, port, moment)), key=lambda match: len(match.doubts)
    )
    entry.found = sorted({match.lease.username for match in matches})
    entry.save()
    return Answer([one.node for one in seen], matches)


def _seen_at(address: str, moment: datetime) -> Iterator[NodeAddress]:
    """Each node that had the address then, with the time closest to it."""
    rows = NodeAddress.objects.filter(
        address=address, first_seen_at__lte=moment + SLACK, last_seen_at__gte=moment - SLACK
    ).select_related("node__donation__donor")
    nodes: set[int] = set()
    for row in sorted(rows[: 10 * MOST_NODES], key=lambda row: _away(row.first_seen_at, row.last_seen_at, moment)):
        if row.node_id not in nodes and len(nodes) < MOST_NODES:
            nodes.add(row.node_id)
            yield row


def _held_at(seen: NodeAddress, port: int | None, moment: datetime) -> Iterator[Match]:
    leases = Lease.objects.filter(node_id=seen.node.node_id, created_at__lte=moment + SLACK)
    leases = leases.filter(Q(ended_at=None) | Q(ended_at__gte=moment - SLACK)).select_related("user")
    for lease in leases.order_by("-pk")[:MOST_LEASES]:
        if port is None or not lease.ports or port in lease.ports or seen.node.nat == Node.Nat.NAT:
            yield Match(seen.node, seen, lease, _keys_at(lease, moment), list(_doubts(seen, lease, port, moment)))


def _keys_at(lease: Lease, moment: datetime) -> list[UserKey]:
    if lease.user is None:
        return []
    had = UserKey.objects.filter(user=lease.user, created_at__lte=moment + SLACK)
    return list(had.filter(Q(retired_at=None) | Q(retired_at__gte=moment - SLACK)))


def _doubts(seen: NodeAddress, lease: Lease, port: int | None, moment: datetime) -> Iterator[str]:
    if away := _away(seen.first_seen_at, seen.last_seen_at, moment):
        yield f"the node was seen at this address {_minutes(away)} from that time, not at it"
    if away := _away(lease.created_at, lease.ended_at or max(moment, lease.created_at), moment):
        yield f"it was given to this user {_minutes(away)} from that time, not at it"
    if port is None:
        yield "no port was given: it may have been any vessel of the node"
    elif seen.node.nat == Node.Nat.NAT and port not in lease.ports:
        yield "the node is behind a NAT, which may have changed the port"
    elif not lease.ports:
        yield "which ports it had is not known"


def _away(first: datetime, last: datetime, moment: datetime) -> timedelta:
    """How far a moment is from a time with a beginning and an end; 0 if it is in it."""
    return max(first - moment, moment - last, timedelta())


def _minutes(away: timedelta) -> str:
    return f"{max(1, round(away.total_seconds() / 60))} min"
