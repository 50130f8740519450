"""Orders that are sent again with the key of the first: they are one order, however many come."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from tests.clearinghouse.asking import with_api_key

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import BadRequest
from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease, Order

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


def test_given_an_order_when_it_is_sent_again_with_its_key_then_nothing_more_is_taken(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(vessels=3)
    ask = with_api_key(user)
    first, second = (ask.post("/orders", {"count": 1, "key": "k-1"}) for _ in range(2))
    assert (first.status, second.status) == (202, 202)
    assert first.body["id"] == second.body["id"]
    assert ask.post("/orders", {"count": 1, "key": "k-2"}).body["id"] != first.body["id"]
    assert Lease.objects.filter(user=user).count() == 2


def test_given_an_order_by_handle_when_it_is_sent_again_with_its_key_then_it_is_the_same(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    handles = [vessel.handle for vessel in new_node(vessels=2).vessels.all()]
    orders = [services.acquire_specific(user, handles, key="k") for _ in range(2)]
    assert orders[0] == orders[1]
    assert Lease.objects.filter(user=user, ended_at=None).count() == 2


def test_given_the_key_of_an_order_by_handle_when_it_comes_with_other_vessels_then_that_is_refused(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    first, second, third = (vessel.handle for vessel in new_node(vessels=3).vessels.all())
    order = services.acquire_specific(user, [first, second], key="k")
    assert services.acquire_specific(user, [second, first], key="k") == order  # the same, in another order
    with pytest.raises(BadRequest, match="another order"):
        services.acquire_specific(user, [first, third], key="k")
    assert Lease.objects.filter(user=user, ended_at=None).count() == 2


def test_given_a_key_when_it_comes_with_another_order_then_that_is_refused(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(vessels=3)
    services.acquire(user, Kind.RANDOM, 1, key="k")
    with pytest.raises(BadRequest, match="another order"):
        services.acquire(user, Kind.RANDOM, 2, key="k")
    assert Lease.objects.filter(user=user).count() == 1


def test_given_the_key_of_another_user_when_it_is_used_then_it_tells_nothing_of_theirs(
    new_user: NewUser, new_node: NewNode
) -> None:
    new_node(vessels=2)
    theirs = services.acquire(new_user(), Kind.RANDOM, 1, key="k")
    assert services.acquire(new_user(), Kind.RANDOM, 1, key="k") != theirs


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "a\n", "é", 7])
def test_given_a_key_that_can_be_none_when_it_is_sent_then_it_is_refused(
    new_user: NewUser, new_node: NewNode, key: object
) -> None:
    new_node()
    assert with_api_key(new_user()).post("/orders", {"count": 1, "key": key}).status == 400
    assert not Order.objects.exists()


def test_given_one_order_that_comes_many_times_at_once_then_it_is_taken_once(
    transactional_db: None, new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(vessels=10)
    together = threading.Barrier(6, timeout=20)

    def send() -> int:
        try:
            together.wait()
            return services.acquire(user, Kind.RANDOM, 1, key="k").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        orders = [pool.submit(send) for _ in range(6)]
        assert len({one.result() for one in orders}) == 1
    assert Lease.objects.filter(user=user).count() == 1
