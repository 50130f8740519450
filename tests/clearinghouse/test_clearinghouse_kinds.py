"""Which vessels an order gets: kinds, filters, ports, and how they are spread."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.config import PortPolicy
from seattle.clearinghouse.errors import BadRequest, CannotFulfil
from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.candidates import Wish, candidates
from seattle.clearinghouse.leases.models import Kind, Order
from seattle.clearinghouse.leases.where import ANYWHERE, Where, parse_where

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


@pytest.fixture
def ports_required(settings: Settings) -> None:
    settings.SITE = msgspec.structs.replace(settings.SITE, port_policy=PortPolicy.REQUIRED)


def nodes_of(order: Order) -> list[Node]:
    return [lease.vessel.node for lease in order.leases.select_related("vessel__node") if lease.vessel is not None]


def can_get(user: User, kind: Kind, count: int, **where: Any) -> bool:
    """Whether an order of so many vessels is accepted; it is taken back at once."""
    with transaction.atomic():
        try:
            order = services.acquire(user, kind, count, where=Where(**where))
        except CannotFulfil:
            return False
        assert order.leases.count() == count
        transaction.set_rollback(True)
        return True


@pytest.mark.parametrize(("kind", "most"), [(Kind.RANDOM, 23), (Kind.WAN, 8), (Kind.NAT, 13)])
def test_given_networks_and_nats_when_a_kind_is_acquired_then_all_that_are_of_it_can_be_had_and_no_more(
    new_user: NewUser, new_node: NewNode, ports_required: None, kind: Kind, most: int
) -> None:
    user = new_user(credit=30, port=63105)
    for number in range(3):
        new_node(address=f"203.0.113.{number}")
    for _ in range(7):
        new_node()
    for _ in range(13):
        new_node(nat=Node.Nat.NAT)
    assert can_get(user, kind, most)
    assert not can_get(user, kind, most + 1)


def test_given_one_large_network_when_a_lan_is_acquired_then_all_vessels_are_of_it(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user(credit=30)
    for number in range(12):
        new_node(address=f"203.0.113.{number}")
    for _ in range(3):
        new_node()
    order = services.acquire(user, Kind.LAN, 12)
    assert {node.network for node in nodes_of(order)} == {"203.0.113.0/24"}
    services.release(user)
    assert not can_get(user, Kind.LAN, 13)


def test_given_small_networks_when_one_vessel_of_a_lan_is_acquired_then_each_of_them_is_given_sometime(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    networks = {new_node().network for _ in range(3)}
    wish = Wish(kind=Kind.LAN, user=user, where=ANYWHERE)
    drawn = [candidates(wish, 1, now=timezone.now(), rng=random.Random(seed)) for seed in range(40)]
    assert {vessel.node.network for (vessel,) in drawn} == networks


def test_given_nodes_behind_a_nat_when_a_lan_is_acquired_then_they_are_of_none(
    new_user: NewUser, new_node: NewNode
) -> None:
    for number in range(2):
        new_node(address=f"203.0.113.{number}", nat=Node.Nat.NAT)
    assert not can_get(new_user(), Kind.LAN, 2)


def test_given_nodes_whose_network_is_not_known_when_a_wan_is_acquired_then_they_are_left_out(
    new_user: NewUser, new_node: NewNode
) -> None:
    new_node()
    for _ in range(2):
        new_node(network="")
    user = new_user()
    assert can_get(user, Kind.WAN, 1)
    assert not can_get(user, Kind.WAN, 2)


def test_given_ipv6_nodes_of_one_64_when_a_wan_is_acquired_then_they_are_one_network(
    new_user: NewUser, new_node: NewNode
) -> None:
    for number in range(3):
        new_node(address=f"2001:db8::{number}", network="2001:db8::/64")
    new_node(address="2001:db8:0:1::1", network="2001:db8:0:1::/64")
    user = new_user()
    assert can_get(user, Kind.WAN, 2)
    assert not can_get(user, Kind.WAN, 3)
    assert can_get(user, Kind.LAN, 3)


def test_given_nodes_of_several_vessels_when_fewer_than_nodes_are_acquired_then_each_is_of_another_node(
    new_user: NewUser, new_node: NewNode
) -> None:
    for _ in range(4):
        new_node(vessels=5)
    order = services.acquire(new_user(), Kind.RANDOM, 4)
    assert len({node.pk for node in nodes_of(order)}) == 4


def test_given_few_nodes_when_more_vessels_are_acquired_then_nodes_give_several(
    new_user: NewUser, new_node: NewNode
) -> None:
    for _ in range(2):
        new_node(vessels=3)
    order = services.acquire(new_user(), Kind.RANDOM, 6)
    assert sorted(Counter(node.pk for node in nodes_of(order)).values()) == [3, 3]


def test_given_vessels_on_some_nodes_when_more_are_acquired_then_they_are_of_the_others(
    new_user: NewUser, new_node: NewNode
) -> None:
    for _ in range(4):
        new_node(vessels=3)
    user = new_user()
    first, second = (nodes_of(services.acquire(user, Kind.RANDOM, 2)) for _ in range(2))
    assert not {node.pk for node in first} & {node.pk for node in second}


def test_given_a_port_that_is_preferred_when_vessels_are_acquired_then_those_that_have_it_come_first(
    new_user: NewUser, new_node: NewNode
) -> None:
    for _ in range(3):
        new_node(vessels=4)
    order = services.acquire(new_user(port=63125), Kind.RANDOM, 3)  # of the third vessel of each
    assert all(63125 in lease.ports for lease in order.leases.all())


def test_given_a_port_that_is_required_when_more_are_acquired_than_have_it_then_the_refusal_tells_of_the_port(
    new_user: NewUser, new_node: NewNode
) -> None:
    new_node(vessels=4)
    with pytest.raises(CannotFulfil, match="your port 63100: 4 without it"):
        services.acquire(new_user(port=63100), Kind.RANDOM, 2, where=Where(own_port=True))


def test_given_a_port_that_does_not_matter_when_vessels_are_acquired_then_any_are_given(
    new_user: NewUser, new_node: NewNode, ports_required: None
) -> None:
    new_node(vessels=4)
    assert can_get(new_user(port=63199), Kind.RANDOM, 4, own_port=False)


@pytest.mark.parametrize("start", [0.0, 0.3, 0.999999])
def test_given_any_start_in_the_random_order_when_all_are_drawn_then_none_is_missed(
    new_user: NewUser, new_node: NewNode, start: float
) -> None:
    for _ in range(5):
        new_node(vessels=2)

    class From(random.Random):
        def random(self) -> float:
            return start

    wish = Wish(kind=Kind.RANDOM, user=new_user(), where=ANYWHERE)
    assert len({vessel.pk for vessel in candidates(wish, 20, now=timezone.now(), rng=From())}) == 10


@pytest.mark.parametrize(
    "unusable",
    [{"online": False}, {"state": Node.State.BROKEN}, {"state": Node.State.DIVIDING}, {"holding_back": "on battery"}],
)
def test_given_a_node_that_would_start_nothing_when_vessels_are_acquired_then_its_are_left_out(
    new_user: NewUser, new_node: NewNode, unusable: dict[str, Any]
) -> None:
    new_node(**unusable)
    assert not can_get(new_user(), Kind.RANDOM, 1)


MATCHING = {
    "country": "DE",
    "asn": 680,
    "as_name": "DFN",
    "network": "203.0.113.0/24",
    "online_since": timezone.now() - timedelta(hours=48),
    "resources": {"cpu": 0.5, "memory": 2e9},
    "latitude": 51.0,
    "longitude": 9.0,
}


@pytest.mark.parametrize(
    "where",
    [
        {"countries": ["DE", "FR"]},
        {"not_countries": ["US"]},
        {"asns": [680]},
        {"as_names": ["dfn"]},
        {"networks": ["203.0.113.0/24"]},
        {"least_uptime": 47},
        {"resources": {"cpu": 0.5, "memory": 1e9}},
        {"near": "130.83.47.181", "within_ms": 30},
    ],
    ids=lambda where: next(iter(where)),
)
def test_given_a_filter_when_vessels_are_acquired_then_only_what_matches_is_given(
    new_user: NewUser, new_node: NewNode, where: dict[str, Any]
) -> None:
    match = new_node(**MATCHING)
    new_node(country="US", asn=15169, as_name="GOOGLE", resources={"cpu": 0.1}, latitude=38.0, longitude=-97.0)
    new_node()  # of which nothing is known
    user = new_user()
    order = services.acquire(user, Kind.RANDOM, 1, where=parse_where(where))
    assert nodes_of(order) == [match]
    with pytest.raises(CannotFulfil, match="without the filters 2 could"):
        services.acquire(user, Kind.RANDOM, 2, where=parse_where(where))


@pytest.mark.parametrize(
    "where",
    [
        {"countries": ["de"]},
        {"asns": ["680"]},
        {"near": "8.8.8.8"},
        {"within_ms": 10},
        {"resources": {"cpu__isnull": 1}},
        {"resources": {"cpu": float("nan")}},
        {"networks": ["203.0.113.0/24' OR 1=1"]},
        {"colour": "red"},
    ],
)
def test_given_a_filter_that_makes_no_sense_when_it_is_parsed_then_it_is_refused(where: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="these filters can't be used"):
        parse_where(where)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"countries": ["de"]}, "Expected two capital letters - at `countries[0]`; "),
        ({"networks": ["192.0.2.0"]}, "Expected a network that ends in /24 or /64 - at `networks[0]`; "),
    ],
)
def test_given_a_text_of_the_wrong_form_in_a_filter_when_it_is_refused_then_no_regular_expression_is_shown(
    where: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRequest, match=re.escape(f"these filters can't be used: {words}")):
        parse_where(where)


@pytest.mark.parametrize("near", ["10.0.0.1", "nowhere.example.org"])
def test_given_an_address_that_is_nowhere_when_vessels_near_it_are_acquired_then_that_is_said(
    new_user: NewUser, near: str
) -> None:
    with pytest.raises(BadRequest, match="nobody knows where"):
        services.acquire(new_user(), Kind.RANDOM, 1, where=Where(near=near, within_ms=10))


def test_given_no_as_numbers_when_they_are_asked_for_then_that_is_the_reason(
    new_user: NewUser, new_node: NewNode
) -> None:
    new_node()
    with pytest.raises(CannotFulfil, match="does not know the AS numbers"):
        services.acquire(new_user(), Kind.RANDOM, 1, where=Where(asns=[680]))
