"""What the directory tells of nodes that hold something of ours, made rows of: which nodes, and where they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final

from django.db import transaction

from seattle.clearinghouse.fleet.models import Node, NodeAddress
from seattle.clearinghouse.fleet.places import network_of, place_of

MOST_STRANGERS: Final = 5000  # nodes that have donated nothing (yet) of which we keep rows
TIME_TO_DONATE: Final = timedelta(minutes=10)  # for which a stranger's row is safe; a donation takes a minute
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


def heard(adverts: Sequence[Seen], now: datetime) -> list[str]:
    """Write down who is there; the ids of nodes that are new. Those that were offline are to be looked at at once."""
    new: list[str] = []
    for start in range(0, len(adverts), _CHUNK):
        new += _heard({advert.node_id: advert for advert in adverts[start : start + _CHUNK]}, now)
    return new


@transaction.atomic
def enrolled(node_id: str, address: str, now: datetime) -> None:
    """A node that may has fetched a credential from here; `address` is in its usual form, or empty."""
    if not address or not (Node.objects.filter(node_id=node_id).exists() or _make_room(1, now)):
        return
    node, _ = Node.objects.get_or_create(node_id=node_id)
    changes: dict[str, Any] = {"enrolled_from": address}
    if ip_address(address).is_global and address != node.address:
        changes |= _where(address)
    Node.objects.filter(pk=node.pk).update(**changes)
    _remember_addresses({node.pk: [address]}, now)


@transaction.atomic
def _heard(adverts: Mapping[str, Seen], now: datetime) -> list[str]:
    known = list(Node.objects.filter(node_id__in=adverts))
    for node in known:
        _note_changes(node, adverts[node.node_id])
    made = _make([seen for node_id, seen in adverts.items() if node_id not in {node.node_id for node in known}], now)
    _remember_addresses({node.pk: adverts[node.node_id].addresses for node in (*known, *made)}, now)
    return [node.node_id for node in made]


def _note_changes(node: Node, advert: Seen) -> None:
    address = _believed(node.enrolled_from, advert)
    changes = {name: value for name, value in _facts(advert).items() if getattr(node, name) != value}
    if address != node.address:
        changes |= _where(address)
    spoke = node.advertised_at is None or advert.at > node.advertised_at
    if node.probe_at is None:
        changes |= {"probe_at": advert.at}  # it was only enrolled until now
    elif spoke and (not node.online or node.failures) and node.failures < HOPELESS and node.state != Node.State.RETIRED:
        changes |= {"probe_at": advert.at, "try_at": None}  # it has come back
    if node.advertised_at is None or advert.at - node.advertised_at > _FRESH:
        changes["advertised_at"] = advert.at
    if changes:
        Node.objects.filter(pk=node.pk).update(**changes)


def _make(adverts: Sequence[Seen], now: datetime) -> list[Node]:
    if not adverts:
        return []
    made = []
    for advert in adverts[: _make_room(len(adverts), now)]:
        facts = _facts(advert) | _where(_believed("", advert)) | {"advertised_at": advert.at, "probe_at": now}
        node, is_new = Node.objects.get_or_create(node_id=advert.node_id, defaults=facts)
        if is_new:
            made.append(node)
    return made


def _make_room(wanted: int, now: datetime) -> int:
    """How many of so many new strangers get rows; those who came long ago, and gave nothing, make room for them.

    Tokens to donate by are public, and so are rows to be had: who takes all of them must not keep others from donating.
    """
    strangers = Node.objects.filter(state=Node.State.NEW, donation=None)
    room = MOST_STRANGERS - strangers.count()
    if room < wanted:
        late = strangers.filter(vessels=None, claimed_until=None, first_seen_at__lt=now - TIME_TO_DONATE)
        gone = list(late.order_by("first_seen_at").values_list("pk", flat=True)[: wanted - room])
        Node.objects.filter(pk__in=gone).delete()
        room += len(gone)
    return max(0, min(room, wanted))


def _facts(advert: Seen) -> dict[str, Any]:
    return {
        "version": advert.version,
        "nat": advert.nat,
        "resources": advert.resources,
        "holding_back": advert.holding_back,
    }


def _believed(enrolled_from: str, advert: Seen) -> str:
    """The address by which a node is counted and placed.

    What a node says of itself can be anything, and credits are capped by address: so where its credential was fetched
    from comes first, if that tells it from others (it does not where all come from this computer or its network).
    """
    if enrolled_from and ip_address(enrolled_from).is_global:
        return enrolled_from
    return advert.addresses[0] if advert.addresses else ""


def _where(address: str) -> dict[str, Any]:
    place = place_of(address)
    return {
        "address": address,
        "network": network_of(address),
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
