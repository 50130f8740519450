"""What the directory tells of nodes that hold something of ours, made rows of: which nodes, and where they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from seattle.clearinghouse.fleet.models import Node, NodeAddress
from seattle.clearinghouse.fleet.places import network_of, place_of

MOST_STRANGERS: Final = 5000  # nodes that have donated nothing (yet) of which we keep rows
MOST_ADDRESSES: Final = 1000  # that are remembered of one node
HOPELESS: Final = 8  # failures in a row, after which an advert alone is no reason to ask a node at once
_FRESH: Final = timedelta(seconds=30)  # times are not written more often than this
_ONE_STAY: Final = timedelta(minutes=10)  # without a sight of it, after which an address counts as new
_CHUNK: Final = 500  # nodes in one transaction


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One node's advert, made fit for a database."""

    node_id: str
    at: datetime  # when it said so
    version: str
    nat: str
    addresses: tuple[str, ...]  # in their usual form, the best first
    resources: dict[str, float]
    holding_back: str

    @property
    def address(self) -> str:
        """By which it is counted and placed."""
        return self.addresses[0] if self.addresses else ""


def heard(adverts: Sequence[Seen], now: datetime) -> list[str]:
    """Write down who is there; the ids of nodes that are new. Those that were offline are to be looked at at once."""
    new: list[str] = []
    for start in range(0, len(adverts), _CHUNK):
        new += _heard({advert.node_id: advert for advert in adverts[start : start + _CHUNK]}, now)
    return new


@transaction.atomic
def _heard(adverts: Mapping[str, Seen], now: datetime) -> list[str]:
    known = list(Node.objects.filter(node_id__in=adverts))
    for node in known:
        _note_changes(node, adverts[node.node_id])
    made = _make([seen for node_id, seen in adverts.items() if node_id not in {node.node_id for node in known}], now)
    _remember_addresses({node.pk: adverts[node.node_id].addresses for node in (*known, *made)}, now)
    return [node.node_id for node in made]


def _note_changes(node: Node, advert: Seen) -> None:
    changes = {name: value for name, value in _facts(advert).items() if getattr(node, name) != value}
    if "address" in changes:
        changes |= _where(advert)
    spoke = node.advertised_at is None or advert.at > node.advertised_at
    if spoke and not node.online and node.failures < HOPELESS and node.state != Node.State.RETIRED:
        changes |= {"probe_at": advert.at, "try_at": None}  # it has come back
    if node.advertised_at is None or advert.at - node.advertised_at > _FRESH:
        changes["advertised_at"] = advert.at
    if changes:
        Node.objects.filter(pk=node.pk).update(**changes)


def _make(adverts: Sequence[Seen], now: datetime) -> list[Node]:
    if not adverts:
        return []
    room = MOST_STRANGERS - Node.objects.filter(state=Node.State.NEW, donation=None).count()
    made = []
    for advert in adverts[: max(0, room)]:
        facts = _facts(advert) | _where(advert) | {"advertised_at": advert.at, "probe_at": now}
        node, is_new = Node.objects.get_or_create(node_id=advert.node_id, defaults=facts)
        if is_new:
            made.append(node)
    return made


def _facts(advert: Seen) -> dict[str, Any]:
    return {
        "version": advert.version,
        "nat": advert.nat,
        "address": advert.address,
        "network": network_of(advert.address),
        "resources": advert.resources,
        "holding_back": advert.holding_back,
    }


def _where(advert: Seen) -> dict[str, Any]:
    place = place_of(advert.address)
    return {
        "country": place.country,
        "asn": place.asn,
        "as_name": place.as_name,
        "city": place.city,
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


def _remember_addresses(seen: Mapping[int, Collection[str]], now: datetime) -> None:
    """From when to when each node was where: the abuse desk asks."""
    latest = {
        (one.node_id, one.address): one
        for one in NodeAddress.objects.filter(node__in=seen, last_seen_at__gt=now - _ONE_STAY).order_by("last_seen_at")
    }
    here = [(node, address) for node, addresses in seen.items() for address in addresses]
    stale = [one.pk for place in here if (one := latest.get(place)) and now - one.last_seen_at > _FRESH]
    NodeAddress.objects.filter(pk__in=stale).update(last_seen_at=now)
    new = [place for place in here if place not in latest]
    NodeAddress.objects.bulk_create(
        NodeAddress(node_id=node, address=address, first_seen_at=now, last_seen_at=now) for node, address in new
    )
    for node in {node for node, _ in new}:
        beyond = NodeAddress.objects.filter(node=node).order_by("-last_seen_at").values_list("pk", flat=True)
        NodeAddress.objects.filter(pk__in=list(beyond[MOST_ADDRESSES : MOST_ADDRESSES + _CHUNK])).delete()
