"""Acquiring vessels."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from tests.clearinghouse.leases.settling import assign, available

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import BadRequest, CannotFulfil, NotEnoughCredits
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease, Order

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


def test_given_free_vessels_when_some_are_acquired_then_they_are_the_users_once_the_nodes_were_told(
    new_user: NewUser, new_node: NewNode
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
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user(credit=1)
    new_node(vessels=2)
    with pytest.raises(NotEnoughCredits):
        services.acquire(user, Kind.RANDOM, 2)
    user.refresh_from_db()
    assert user.credits_held == 0


def test_given_a_shortage_when_acquired_then_nothing_is_held_and_the_reason_is_told(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    with pytest.raises(CannotFulfil, match="only 1 of 2"):
        services.acquire(user, Kind.RANDOM, 2)
    user.refresh_from_db()
    assert user.credits_held == 0


def test_given_a_lease_when_it_is_released_then_its_vessel_is_to_be_cleaned_and_the_credit_is_back(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    services.acquire(user, Kind.RANDOM, 1)
    services.release(user)
    user.refresh_from_db()
    assert user.credits_held == 0
    assert Vessel.objects.get().state == Vessel.State.DIRTY


@pytest.mark.parametrize(("count", "least"), [(0, None), (-1, None), (1001, None), (2, 3), (2, -1)])
def test_given_a_number_that_makes_no_sense_when_acquired_then_it_is_refused(
    new_user: NewUser, count: int, least: int | None
) -> None:
    with pytest.raises(BadRequest):
        services.acquire(new_user(), Kind.RANDOM, count, least=least)


def test_given_a_shortage_when_fewer_would_do_then_those_are_given_and_the_others_credits_are_back(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(vessels=2)
    order = assign(services.acquire(user, Kind.RANDOM, 5, least=1))
    assert order.state == Order.State.PARTIAL
    assert "2 of 5" in order.message
    assert available(user) == 8


def test_given_exactly_as_many_credits_when_acquired_then_that_is_allowed(new_user: NewUser, new_node: NewNode) -> None:
    user = new_user(credit=2)
    new_node(vessels=3)
    services.acquire(user, Kind.RANDOM, 2)
    assert available(user) == 0


def test_given_expired_leases_that_no_worker_has_ended_when_more_are_acquired_then_they_count_no_longer(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user(credit=1)
    new_node(vessels=2)
    services.acquire(user, Kind.RANDOM, 1)
    Lease.objects.update(expires_at=timezone.now())
    assert services.held(user) == []
    services.acquire(user, Kind.RANDOM, 1)
    assert len(services.held(user)) == 1


def test_given_a_large_testbed_when_many_are_acquired_then_the_queries_are_as_few_as_for_few(
    new_user: NewUser, new_node: NewNode, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    user = new_user(credit=100)
    for _ in range(10):
        new_node(vessels=8)
    with django_assert_max_num_queries(40):
        services.acquire(user, Kind.RANDOM, 80)
