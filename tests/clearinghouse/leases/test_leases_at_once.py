"""Two writers at once. On SQLite they take turns."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.clearinghouse.conftest import DATABASE

from seattle.clearinghouse.accounts import services as accounts
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.errors import CannotFulfil, NotEnoughCredits, NotPermitted
from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.audit import audit
from seattle.clearinghouse.leases.models import Kind, Lease

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


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


@needs_postgresql
def test_given_the_last_vessel_when_two_users_order_it_at_once_then_one_is_told_that_there_is_none(
    transactional_db: None, new_user: NewUser, new_node: NewNode
) -> None:
    first, second = new_user(), new_user()
    new_node()

    def refused() -> None:
        try:
            with pytest.raises(CannotFulfil):
                services.acquire(second, Kind.RANDOM, 1)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        services.acquire(first, Kind.RANDOM, 1)
        pool.submit(refused).result(timeout=20)  # it does not wait for what the first may yet undo
    assert [len(services.held(user)) for user in (first, second)] == [1, 0]
    assert (audit(), ledger.audit()) == ([], [])


@needs_postgresql
def test_given_an_account_that_is_deleted_while_its_order_waits_when_both_are_done_then_the_order_is_refused(
    transactional_db: None, new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(vessels=2)
    services.acquire(user, Kind.RANDOM, 1)

    def refused() -> None:
        with pytest.raises(NotPermitted):
            services.acquire(user, Kind.RANDOM, 1, key="k")

    while_waiting(user, do=refused, meanwhile=lambda: accounts.delete_account(User.objects.get(pk=user.pk)))
    assert not Lease.objects.filter(ended_at=None).exists()
    assert (audit(), ledger.audit()) == ([], [])


@needs_postgresql
@pytest.mark.parametrize("released_first", [True, False])
def test_given_a_lease_that_is_renewed_and_released_at_once_when_both_are_done_then_it_is_over(
    transactional_db: None, new_user: NewUser, new_node: NewNode, released_first: bool
) -> None:
    user = new_user()
    new_node()
    services.acquire(user, Kind.RANDOM, 1)
    both = (lambda: services.release(user), lambda: services.renew(user))
    meanwhile, do = both if released_first else reversed(both)
    while_waiting(user, do=do, meanwhile=meanwhile)
    assert services.held(user) == []
    assert Lease.objects.get().end == Lease.End.RELEASED
    assert (audit(), ledger.audit()) == ([], [])


@needs_postgresql
def test_given_an_order_under_way_when_its_user_is_cut_off_before_its_node_says_yes_then_it_stays_taken_away(
    transactional_db: None, new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node(vessels=2)
    lease = services.acquire(user, Kind.RANDOM, 1).leases.get()
    User.objects.filter(pk=user.pk).update(is_active=False)
    while_waiting(user, do=lambda: services.assigned(lease), meanwhile=lambda: services.cut_off(user, "spam"))
    lease.refresh_from_db()
    assert lease.end == Lease.End.CUT_OFF
    assert (audit(), ledger.audit()) == ([], [])
