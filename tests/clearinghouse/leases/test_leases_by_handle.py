"""Acquiring vessels that are named by their handles."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries
from tests.clearinghouse.leases.settling import assign, available

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import NotEnoughCredits, UnknownVessel
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Order

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


def test_given_four_by_handle_when_six_including_those_are_ordered_then_two_are_got(
    new_user: NewUser, new_node: NewNode, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    user = new_user()
    handles = [new_node(vessels=2).vessels.order_by("pk")[1].handle for _ in range(6)]
    assign(services.acquire_specific(user, handles[:4]))
    with django_assert_max_num_queries(30):
        order = services.acquire_specific(user, [*handles, handles[0]])
    assert sorted(lease.handle for lease in order.leases.all()) == sorted(handles[4:])
    assert assign(order).state == Order.State.PARTIAL
    assert available(user) == 4


def test_given_more_handles_than_credits_when_they_are_ordered_then_none_is_got(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user(credit=3)
    handles = [vessel.handle for vessel in new_node(vessels=4).vessels.all()]
    with pytest.raises(NotEnoughCredits):
        services.acquire_specific(user, handles)
    assert services.held(user) == []


def test_given_a_vessel_that_is_not_clean_when_it_is_ordered_by_handle_then_it_is_not_given(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    vessel = new_node().vessels.get()
    Vessel.objects.update(state=Vessel.State.DIRTY)
    order = services.acquire_specific(user, [vessel.handle])
    assert order.state == Order.State.FAILED
    assert available(user) == 10


@pytest.mark.parametrize("handle", ["", "v1", "U:v1", f"U{'A' * 55}:v1", f"U{'A' * 55}:v\0", f"U{'A' * 55}:v1' OR 1=1"])
def test_given_a_handle_of_nothing_when_it_is_ordered_then_it_is_named(new_user: NewUser, handle: str) -> None:
    with pytest.raises(UnknownVessel):
        services.acquire_specific(new_user(), [handle])
