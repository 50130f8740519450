"""What becomes of an order when nodes take what they are told, fail, or are gone."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.clearinghouse.leases.settling import assign, available

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import CannotFulfil
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.clearinghouse.leases.orders import most_tries

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


def test_given_a_node_that_does_not_take_it_when_another_is_free_then_that_is_tried_and_the_order_is_met(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(3):
        new_node()
    order = services.acquire(user, Kind.RANDOM, 2)
    services.not_assigned(order.leases.all()[0], "it was silent")
    assert assign(order).state == Order.State.DONE
    assert order.tries == 3
    assert len(services.held(user)) == 2


def test_given_half_of_all_nodes_failing_when_fifty_of_a_wan_are_ordered_then_they_are_had(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user(credit=50)
    for number in range(100):
        new_node(address=f"198.18.{number}.1")
    order = services.acquire(user, Kind.WAN, 50)
    for number, lease in enumerate(waiting(order)):
        if number % 2:
            services.assigned(lease)
        else:
            services.not_assigned(lease, "it was silent")
    order.refresh_from_db()
    assert order.state == Order.State.DONE
    assert len({lease.vessel.node.network for lease in services.held(user) if lease.vessel}) == 50


def waiting(order: Order) -> Iterator[Lease]:
    """The leases that are to be assigned, also those that come up meanwhile."""
    while (lease := order.leases.filter(state=Lease.State.ASSIGNING).first()) is not None:
        yield lease


def test_given_a_node_that_failed_when_nothing_else_is_free_then_the_order_is_undone_as_a_whole(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(3):
        new_node()
    order = services.acquire(user, Kind.RANDOM, 3)
    services.not_assigned(order.leases.all()[0], "it was silent")
    assert assign(order).state == Order.State.FAILED
    assert "2 of 3" in order.message
    assert "it was silent" in order.message
    assert services.held(user) == []
    assert set(Vessel.objects.values_list("state", flat=True)) == {Vessel.State.DIRTY}


def test_given_nodes_that_failed_when_fewer_would_do_then_the_rest_is_kept(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(3):
        new_node()
    order = services.acquire(user, Kind.RANDOM, 3, least=2)
    services.not_assigned(order.leases.all()[0], "it was silent")
    assert assign(order).state == Order.State.PARTIAL
    assert len(services.held(user)) == 2


def test_given_a_failing_node_with_more_vessels_when_another_is_tried_then_it_is_not_of_that_node(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(vessels=5)
    order = services.acquire(user, Kind.RANDOM, 1)
    services.not_assigned(order.leases.get(), "it was silent")
    order.refresh_from_db()
    assert (order.state, order.tries) == (Order.State.FAILED, 1)


def test_given_nodes_that_all_fail_when_an_order_goes_on_then_it_ends_after_a_bounded_number_of_tries(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(30):
        new_node()
    order = services.acquire(user, Kind.RANDOM, 1)
    for lease in waiting(order):
        services.not_assigned(lease, "it was silent")
    order.refresh_from_db()
    assert (order.state, order.tries) == (Order.State.FAILED, most_tries(order))
    assert available(user) == 10


def test_given_a_lan_whose_network_is_too_small_when_a_node_fails_then_another_network_is_taken_whole(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for network in range(2):
        for number in range(4):
            new_node(address=f"203.0.{network}.{number}")
    order = services.acquire(user, Kind.LAN, 4)
    first = order.leases.all()[0]
    services.not_assigned(first, "it was silent")
    held = services.held(user)
    assert assign(order).state == Order.State.DONE
    networks = {lease.vessel.node.network for lease in held if lease.vessel}
    assert len(held) == 4
    assert len(networks) == 1
    assert Node.objects.get(node_id=first.node_id).network not in networks


def test_given_a_lan_with_vessels_left_when_a_node_fails_then_its_network_is_kept(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for network, size in enumerate((3, 5)):
        for number in range(size):
            new_node(address=f"203.0.{network}.{number}")
    order = services.acquire(user, Kind.LAN, 4)
    services.not_assigned(order.leases.all()[0], "it was silent")
    assert assign(order).state == Order.State.DONE
    assert {lease.vessel.node.network for lease in services.held(user) if lease.vessel} == {"203.0.1.0/24"}


def test_given_a_vessel_that_is_gone_before_it_was_assigned_when_that_is_noticed_then_another_is_tried(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(2):
        new_node()
    order = services.acquire(user, Kind.RANDOM, 1)
    gone = Vessel.objects.get(leases__order=order)
    services.lost(gone, "it was split")
    assert assign(order).state == Order.State.DONE
    assert Vessel.objects.get(pk=gone.pk).state == Vessel.State.LOST


def test_given_an_answer_that_comes_twice_when_it_is_reported_then_nothing_happens_twice(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(3):
        new_node()
    order = services.acquire(user, Kind.RANDOM, 1)
    lease = order.leases.get()
    for _ in range(2):
        services.not_assigned(lease, "it was silent")
        services.assigned(lease)
    order.refresh_from_db()
    assert (order.state, order.tries) == (Order.State.WORKING, 2)


def test_given_vessels_that_no_worker_assigned_when_their_time_is_over_then_the_order_has_failed(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    order = services.acquire(user, Kind.RANDOM, 1)
    services.expire(timezone.now() + timedelta(hours=5))
    order.refresh_from_db()
    assert order.state == Order.State.FAILED


def test_given_vessels_in_use_and_away_when_too_many_are_ordered_then_the_refusal_tells_where_all_are(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(vessels=4)
    new_node(vessels=2, holding_back="on battery")
    services.acquire(user, Kind.RANDOM, 2)
    services.release(user, [services.held(user)[0].handle])
    with pytest.raises(CannotFulfil, match="of all 6, 1 are in use, 1 are being cleaned, and 2 are on computers"):
        services.acquire(user, Kind.RANDOM, 3)


def test_given_free_vessels_of_another_kind_when_one_is_refused_then_it_is_told_how_many_of_any_kind_there_are(
    new_user: NewUser, new_node: NewNode
) -> None:
    new_node(vessels=4)
    with pytest.raises(CannotFulfil, match=r"of all 4, 0 are in use, .*, so that 4 of any kind can be had"):
        services.acquire(new_user(), Kind.NAT, 1)


def test_given_a_testbed_to_which_nobody_has_donated_when_vessels_are_ordered_then_that_is_said(
    new_user: NewUser,
) -> None:
    with pytest.raises(CannotFulfil, match=r"this testbed has no vessels; .*that people donate"):
        services.acquire(new_user(), Kind.RANDOM, 3)


def test_given_an_order_under_way_when_its_vessels_are_released_then_it_is_settled(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(2):
        new_node()
    order = services.acquire(user, Kind.RANDOM, 2)
    services.release(user, [order.leases.all()[0].handle])
    assert assign(order).state == Order.State.DONE
    assert len(services.held(user)) == 1
