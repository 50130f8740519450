"""Acquiring, renewing and releasing vessels."""

from collections.abc import Callable

import pytest

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import CannotFulfil, NotEnoughCredits
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease, Order


def test_given_free_vessels_when_some_are_acquired_then_they_are_the_users_once_the_nodes_were_told(
    new_user: Callable[..., User], new_node: Callable[..., Node]
) -> None:
    user = new_user()
    for _ in range(3):
        new_node()
    order = services.acquire(user, Kind.RANDOM, 2)
    for lease in order.leases.all():
        services.assigned(lease)
    order.refresh_from_db()
    assert order.state == Order.State.DONE
    assert {lease.state for lease in services.held(user)} == {Lease.State.ACTIVE}
    assert Vessel.objects.filter(state=Vessel.State.FREE).count() == 1


def test_given_fewer_credits_than_vessels_when_acquired_then_nothing_is_held(
    new_user: Callable[..., User], new_node: Callable[..., Node]
) -> None:
    user = new_user(credit=1)
    new_node(vessels=2)
    with pytest.raises(NotEnoughCredits):
        services.acquire(user, Kind.RANDOM, 2)
    user.refresh_from_db()
    assert user.credits_held == 0


def test_given_a_shortage_when_acquired_then_nothing_is_held_and_the_reason_is_told(
    new_user: Callable[..., User], new_node: Callable[..., Node]
) -> None:
    user = new_user()
    new_node()
    with pytest.raises(CannotFulfil, match="only 1 of 2"):
        services.acquire(user, Kind.RANDOM, 2)
    user.refresh_from_db()
    assert user.credits_held == 0


def test_given_a_lease_when_it_is_released_then_its_vessel_is_to_be_cleaned_and_the_credit_is_back(
    new_user: Callable[..., User], new_node: Callable[..., Node]
) -> None:
    user = new_user()
    new_node()
    services.acquire(user, Kind.RANDOM, 1)
    services.release(user)
    user.refresh_from_db()
    assert user.credits_held == 0
    assert Vessel.objects.get().state == Vessel.State.DIRTY
