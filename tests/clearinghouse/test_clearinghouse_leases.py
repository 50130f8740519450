"""Acquiring, renewing and releasing vessels."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from tests.clearinghouse.conftest import DATABASE

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.errors import BadRequest, CannotFulfil, NotEnoughCredits, NotPermitted, UnknownVessel
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.audit import audit
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.clearinghouse.leases.orders import most_tries
from seattle.clearinghouse.leases.warnings import due_warnings, warn

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


@pytest.fixture(autouse=True)
def everything_adds_up(db: None) -> Iterator[None]:
    """After each of these tests."""
    yield
    assert [*ledger.audit(), *audit()] == []


def assign(order: Order) -> Order:
    """What a worker does when all nodes take what they are told."""
    for lease in order.leases.filter(state=Lease.State.ASSIGNING):
        services.assigned(lease)
    order.refresh_from_db()
    return order


def available(user: User) -> int:
    user.refresh_from_db()
    return user.credits_available


# Acquiring.


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


# Vessels by handle.


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


# What nodes make of it.


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


def test_given_an_order_under_way_when_its_progress_is_asked_for_then_it_is_told_in_numbers(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(4):
        new_node()
    order = services.acquire(user, Kind.RANDOM, 3)
    services.assigned(order.leases.all()[0])
    services.not_assigned(order.leases.all()[1], "it was silent")
    told = services.progress(order)
    assert (told.wanted, told.assigning, told.active, told.failed, told.finished) == (3, 2, 1, 1, False)


# Keeping and giving back.


def test_given_own_released_and_others_vessels_when_they_are_renewed_then_only_the_own_last_longer(
    new_user: NewUser, new_node: NewNode
) -> None:
    user, other = new_user(), new_user()
    for _ in range(3):
        new_node()
    mine, gone, theirs = (services.acquire(one, Kind.RANDOM, 1).leases.get() for one in (user, user, other))
    services.release(user, [gone.handle])
    renewed = services.renew(user, [mine.handle, gone.handle, theirs.handle])
    assert [lease.pk for lease in renewed] == [mine.pk]
    theirs.refresh_from_db()
    assert renewed[0].expires_at > timezone.now() + timedelta(days=6)
    assert theirs.expires_at < timezone.now() + timedelta(days=1)


def test_given_fewer_credits_than_are_held_when_renewed_then_it_is_refused_until_some_are_released(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user(credit=2)
    for _ in range(2):
        new_node()
    services.acquire(user, Kind.RANDOM, 2)
    ledger.change_total(user.pk, -1, ledger.Reason.DONATION_DOWN)
    with pytest.raises(NotEnoughCredits):
        services.renew(user)
    services.release(user, [services.held(user)[0].handle])
    assert len(services.renew(user)) == 1


def test_given_another_users_vessel_when_it_is_released_then_it_stays_theirs(
    new_user: NewUser, new_node: NewNode
) -> None:
    new_node()
    holder = new_user()
    lease = services.acquire(holder, Kind.RANDOM, 1).leases.get()
    assert services.release(new_user(), [lease.handle]) == []
    assert len(services.held(holder)) == 1


def test_given_a_node_that_is_offline_when_its_vessel_is_released_or_expires_then_it_ends(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(2):
        new_node()
    one, other = services.acquire(user, Kind.RANDOM, 2).leases.all()
    Node.objects.update(online=False)
    services.release(user, [one.handle])
    services.expire(other.expires_at)
    assert available(user) == 10
    assert set(Lease.objects.values_list("end", flat=True)) == {"released", "expired"}


def test_given_leases_whose_time_is_over_when_they_expire_then_each_says_why_and_others_stay(
    new_user: NewUser, new_node: NewNode
) -> None:
    users = [new_user() for _ in range(2)]
    for user in users:
        new_node(vessels=2)
        services.acquire(user, Kind.RANDOM, 2)
    kept = services.renew(users[0], [services.held(users[0])[0].handle])
    over = services.expire(timezone.now() + timedelta(hours=5))
    assert {lease.why for lease in over} == {"its time was over"}
    assert [lease.pk for user in users for lease in services.held(user)] == [kept[0].pk]


def test_given_a_closed_account_when_anything_is_asked_for_then_it_is_refused(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(2):
        new_node()
    handle = services.acquire(user, Kind.RANDOM, 1).leases.get().handle
    User.objects.filter(pk=user.pk).update(is_active=False)
    asked: list[Callable[[], object]] = [
        lambda: services.acquire(user, Kind.RANDOM, 1),
        lambda: services.acquire_specific(user, [Vessel.objects.get(state="free").handle]),
        lambda: services.renew(user),
        lambda: services.release(user, [handle]),
        lambda: services.replace(user, handle),
    ]
    for ask in asked:
        with pytest.raises(NotPermitted):
            ask()


def test_given_a_holder_when_they_are_cut_off_then_all_is_taken_and_no_order_goes_on(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    for _ in range(4):
        new_node()
    assign(services.acquire(user, Kind.RANDOM, 1))
    order = services.acquire(user, Kind.RANDOM, 2)
    User.objects.filter(pk=user.pk).update(is_active=False)
    services.cut_off(user, "it sent spam")
    order.refresh_from_db()
    assert order.state == Order.State.FAILED
    assert set(Lease.objects.values_list("end", "why")) == {("cut-off", "it sent spam")}


# Replacing what was lost.


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


# Warnings.


def test_given_leases_that_end_soon_when_warnings_are_sent_then_each_holder_gets_one_mail_once(
    new_user: NewUser, new_node: NewNode, mailoutbox: list[EmailMessage]
) -> None:
    users = [new_user() for _ in range(2)]
    for user in users:
        new_node(vessels=2)
        assign(services.acquire(user, Kind.RANDOM, 2))
    services.renew(users[1], [services.held(users[1])[0].handle])
    soon = timezone.now() + timedelta(hours=3, minutes=30)
    assert (warn(soon), warn(soon)) == (2, 0)
    assert [mail.to for mail in mailoutbox] == [[user.email] for user in users]
    assert [mail.subject for mail in mailoutbox] == ["[Seattle] 2 vessels end soon", "[Seattle] a vessel ends soon"]
    assert all(lease.handle in mailoutbox[0].body for lease in services.held(users[0]))


def test_given_a_warning_when_the_lease_is_renewed_then_it_is_warned_of_anew(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    assign(services.acquire(user, Kind.RANDOM, 1))
    assert len(due_warnings(timezone.now() + timedelta(hours=3, minutes=30))) == 1
    services.renew(user)
    assert len(due_warnings(timezone.now() + timedelta(days=6, hours=23, minutes=30))) == 1


def test_given_a_mail_server_that_is_down_when_warnings_are_sent_then_they_are_due_again(
    new_user: NewUser, new_node: NewNode, settings: Settings
) -> None:
    user = new_user()
    new_node()
    assign(services.acquire(user, Kind.RANDOM, 1))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    soon = timezone.now() + timedelta(hours=3, minutes=30)
    assert warn(soon) == 0
    assert len(due_warnings(soon)) == 1


# Two at once. On SQLite they take turns.


def while_waiting(user: User, do: Callable[[], object], meanwhile: Callable[[], object]) -> None:
    """Have `do` wait for the user's row, `meanwhile` happen, and `do` go on then."""

    def in_thread() -> None:
        try:
            do()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)
            waiting = pool.submit(in_thread)
            deadline = time.monotonic() + 10
            while not someone_waits():
                assert time.monotonic() < deadline
                time.sleep(0.01)
            meanwhile()
        waiting.result()


def someone_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        (waiting,) = cursor.fetchone()
    return bool(waiting)


needs_postgresql = pytest.mark.skipif(DATABASE != "postgresql", reason="writers take turns on SQLite")


@needs_postgresql
def test_given_a_lease_that_is_renewed_while_a_worker_ends_it_when_both_are_done_then_it_goes_on(
    transactional_db: None, new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    services.acquire(user, Kind.RANDOM, 1)
    while_waiting(
        user, do=lambda: services.expire(timezone.now() + timedelta(hours=5)), meanwhile=lambda: services.renew(user)
    )
    assert len(services.held(user)) == 1


@needs_postgresql
def test_given_a_lease_that_is_assigned_while_it_is_given_up_when_both_are_done_then_it_is_assigned(
    transactional_db: None, new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(vessels=2)
    lease = services.acquire(user, Kind.RANDOM, 1).leases.get()
    while_waiting(
        user, do=lambda: services.not_assigned(lease, "it was silent"), meanwhile=lambda: services.assigned(lease)
    )
    lease.refresh_from_db()
    assert lease.state == Lease.State.ACTIVE


@needs_postgresql
def test_given_two_orders_of_one_user_at_once_when_credits_suffice_for_one_then_one_is_refused(
    transactional_db: None, new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user(credit=1)
    new_node(vessels=2)

    def refused() -> None:
        with pytest.raises(NotEnoughCredits):
            services.acquire(user, Kind.RANDOM, 1)

    while_waiting(user, do=refused, meanwhile=lambda: services.acquire(user, Kind.RANDOM, 1))


@needs_postgresql
def test_given_an_order_under_way_when_its_user_is_banned_first_then_it_is_refused(
    transactional_db: None, new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()

    def refused() -> None:
        with pytest.raises(NotPermitted):
            services.acquire(user, Kind.RANDOM, 1)

    while_waiting(user, do=refused, meanwhile=lambda: User.objects.filter(pk=user.pk).update(is_active=False))
