"""Renewing and releasing vessels, and leases whose time is over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.clearinghouse.leases.settling import assign, available

from seattle.clearinghouse.accounts import services as accounts
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.errors import NotEnoughCredits, NotPermitted
from seattle.clearinghouse.fleet.donation_tokens import make_token
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.identity.keys import KeyPair

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


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


def test_given_an_account_that_is_deleted_while_it_asks_when_its_request_is_looked_at_then_it_is_refused(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    key = KeyPair.generate().id
    handle = new_node().vessels.get().handle
    accounts.delete_account(User.objects.get(pk=user.pk))
    asked: list[Callable[[], object]] = [
        *(lambda: services.acquire(user, Kind.RANDOM, 1), lambda: services.acquire(user, Kind.RANDOM, 1, key="a")),
        *(lambda: services.acquire_specific(user, [handle]), lambda: services.replace(user, handle)),
        *(lambda: services.renew(user), lambda: services.release(user)),
        *(lambda: accounts.add_key(user, key), lambda: accounts.replace_keys(user, key)),
        *(lambda: accounts.make_api_key(user, "cron"), lambda: make_token(user)),
    ]
    for ask in asked:
        with pytest.raises(NotPermitted, match="deleted"):
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
