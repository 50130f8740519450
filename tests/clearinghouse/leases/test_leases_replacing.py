"""Replacing a vessel that was lost."""

from collections.abc import Callable

import pytest
from tests.clearinghouse.leases.settling import available

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import BadRequest, CannotFulfil, UnknownVessel
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


def lose(user: User) -> str:
    """Have the user get a vessel and lose it; its handle."""
    lease = services.acquire(user, Kind.RANDOM, 1).leases.get()
    services.assigned(lease)
    services.lost(Vessel.objects.get(leases=lease), "it is not on its node any more")
    return lease.handle


def test_given_a_lost_vessel_when_it_is_replaced_then_another_of_its_country_comes(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(country="DE", vessels=2)
    handle = lose(user)
    new_node(country="US")
    alike = new_node(country="DE")
    order = services.replace(user, handle)
    assert order.leases.get().node_id == alike.node_id
    assert order.replaces == Lease.objects.get(end=Lease.End.LOST)


def test_given_no_other_of_its_country_when_a_lost_one_is_replaced_then_it_is_reached_in_the_same_way(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(country="DE", nat=Node.Nat.NAT)
    handle = lose(user)
    new_node(country="US")
    alike = new_node(country="US", nat=Node.Nat.NAT)
    assert services.replace(user, handle).leases.get().node_id == alike.node_id


def test_given_a_held_vessel_of_a_node_that_is_offline_when_it_is_replaced_then_it_is_given_back(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user(credit=1)
    new_node(country="DE")
    lease = services.acquire(user, Kind.RANDOM, 1).leases.get()
    Node.objects.update(online=False)
    new_node(country="DE")
    services.replace(user, lease.handle)
    lease.refresh_from_db()
    assert (lease.end, available(user)) == ("released", 0)


def test_given_a_lost_vessel_when_it_is_replaced_twice_then_the_second_time_is_refused(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    handle = lose(user)
    for _ in range(2):
        new_node()
    services.replace(user, handle)
    with pytest.raises(BadRequest, match="replaced already"):
        services.replace(user, handle)


def test_given_vessels_that_need_no_replacing_when_that_is_asked_for_then_it_is_refused(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    lease = services.acquire(user, Kind.RANDOM, 1).leases.get()
    with pytest.raises(UnknownVessel):
        services.replace(new_user(), lease.handle)
    with pytest.raises(BadRequest, match="its node answers"):
        services.replace(user, lease.handle)
    services.release(user)
    with pytest.raises(BadRequest, match="was not lost"):
        services.replace(user, lease.handle)


def test_given_nothing_alike_when_a_lost_one_is_replaced_then_it_stays_lost_and_that_is_said(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    handle = lose(user)
    with pytest.raises(CannotFulfil, match="no vessel like"):
        services.replace(user, handle)
    assert available(user) == 10


def test_given_a_replacement_that_is_sent_again_with_its_key_when_it_comes_then_it_is_the_same_order(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(country="DE", vessels=2)
    handle, other = lose(user), lose(user)
    new_node(country="DE")
    order = services.replace(user, handle, key="again")
    assert services.replace(user, handle, key="again") == order
    assert user.orders.filter(replaces__isnull=False).count() == 1
    with pytest.raises(BadRequest, match="was given to another order"):
        services.replace(user, other, key="again")
    with pytest.raises(BadRequest, match="was given to another order"):
        services.acquire(user, Kind.RANDOM, 1, key="again")
