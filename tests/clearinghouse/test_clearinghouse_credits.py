"""What donations earn, how that can't be farmed, and that the ledger adds up."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits import donations, services
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.fleet.models import Donation, Node
from seattle.clearinghouse.fleet.places import network_of
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind

NewUser = Callable[..., User]
Donate = Callable[..., Donation]

NOW = timezone.now()


@pytest.fixture(autouse=True)
def everything_adds_up(db: None) -> Iterator[None]:
    """After each of these tests."""
    yield
    assert services.audit() == []


@pytest.fixture
def donate(new_node: Callable[..., Node]) -> Donate:
    """Have a user give a node at an address, and settle it."""

    def make(donor: User, address: str = "", *, now: datetime = NOW, **fields: Any) -> Donation:
        if address:
            fields |= {"address": address, "network": network_of(address)}
        donation = Donation.objects.create(node=new_node(**fields), donor=donor)
        return settled(donation, now)

    return make


def settled(donation: Donation, now: datetime = NOW, **fields: Any) -> Donation:
    """A donation after its node has changed so, and a worker has noticed."""
    Node.objects.filter(pk=donation.node_id).update(**fields)
    donations.settle(Node.objects.get(pk=donation.node_id), now)
    donation.refresh_from_db()
    return donation


def total(user: User) -> int:
    user.refresh_from_db()
    return user.credits_total


def test_given_a_donation_when_its_node_is_in_use_then_its_donor_may_hold_ten_more(
    new_user: NewUser, donate: Donate
) -> None:
    donor = new_user()
    assert donate(donor).credited
    assert total(donor) == 20
    assert donor.ledger.filter(reason=LedgerEntry.Reason.DONATION_UP, total_change=10).count() == 1


def test_given_a_node_that_is_settled_again_and_again_when_nothing_has_changed_then_it_earns_once(
    new_user: NewUser, donate: Donate
) -> None:
    donor = new_user()
    donation = donate(donor)
    for _ in range(3):
        settled(donation)
    assert total(donor) == 20


@pytest.mark.parametrize("state", [Node.State.NEW, Node.State.DIVIDING, Node.State.BROKEN, Node.State.RETIRED])
def test_given_a_node_that_is_not_in_use_when_it_is_settled_then_it_earns_nothing_and_the_reason_is_told(
    new_user: NewUser, donate: Donate, state: str
) -> None:
    donor = new_user()
    donation = donate(donor, state=state)
    assert (donation.credited, total(donor)) == (False, 10)
    assert "not in use" in donation.why_not


def test_given_a_node_that_misses_an_advert_when_it_is_settled_then_it_earns_until_the_grace_is_over(
    new_user: NewUser, donate: Donate
) -> None:
    donor = new_user()
    donation = donate(donor, answered_at=NOW)
    settled(donation, NOW + timedelta(minutes=5), online=False)
    assert (donation.credited, total(donor)) == (True, 20)
    donations.sweep(NOW + donations.GRACE + timedelta(seconds=1))
    donation.refresh_from_db()
    assert (donation.credited, donation.why_not, total(donor)) == (False, "the node is offline", 10)


def test_given_a_donation_that_went_away_when_its_node_comes_back_then_it_earns_again(
    new_user: NewUser, donate: Donate
) -> None:
    donor = new_user()
    donation = donate(donor)
    for _ in range(3):
        assert not settled(donation, online=False).credited
        assert settled(donation, online=True).credited
    assert total(donor) == 20


def test_given_credits_in_use_when_the_donation_goes_then_vessels_stay_and_none_are_available(
    new_user: NewUser, donate: Donate
) -> None:
    donor = new_user(credit=0)
    donation = donate(donor, vessels=3)
    leases.acquire(donor, Kind.RANDOM, 3)
    settled(donation, online=False)
    assert (total(donor), donor.credits_available, len(leases.held(donor))) == (0, 0, 3)


def test_given_many_nodes_at_one_address_when_they_are_settled_then_two_earn_whoevers_they_are(
    new_user: NewUser, donate: Donate
) -> None:
    donors = [new_user() for _ in range(2)]
    given = [donate(donors[number % 2], "203.0.113.7") for number in range(4)]
    assert [donation.credited for donation in given] == [True, True, False, False]
    assert "203.0.113.7 earn already" in given[2].why_not


def test_given_many_nodes_of_one_network_when_they_are_settled_then_four_of_each_account_earn(
    new_user: NewUser, donate: Donate
) -> None:
    donor, other = new_user(), new_user()
    given = [donate(donor, f"203.0.113.{number}") for number in range(6)]
    assert [donation.credited for donation in given] == [True] * 4 + [False] * 2
    assert donate(other, "203.0.113.99").credited
    assert total(donor) == 50


def test_given_one_64_of_ipv6_when_several_accounts_donate_from_it_then_four_earn_in_all(
    new_user: NewUser, donate: Donate
) -> None:
    donors = [new_user() for _ in range(3)]
    given = [donate(donors[number % 3], f"2001:db8::{number:x}") for number in range(6)]
    assert sum(donation.credited for donation in given) == 4
    assert donate(donors[0], "2001:db8:0:1::1").credited


def test_given_one_48_of_ipv6_when_nodes_are_donated_from_many_of_its_networks_then_four_of_an_account_earn(
    new_user: NewUser, donate: Donate
) -> None:
    donor, other = new_user(), new_user()
    given = [donate(donor, f"2001:db8:7:{number:x}::1") for number in range(6)]
    assert [donation.credited for donation in given] == [True] * 4 + [False] * 2
    assert "2001:db8:7::/48 earn already" in given[4].why_not
    assert donate(other, "2001:db8:7:99::1").credited
    assert donate(donor, "2001:db8:8::1").credited
    assert total(donor) == 60


def test_given_a_node_that_moves_to_where_two_earn_when_it_is_settled_then_it_earns_no_longer(
    new_user: NewUser, donate: Donate
) -> None:
    donor = new_user()
    moving = donate(donor, "198.18.0.1")
    for _ in range(2):
        donate(donor, "203.0.113.7")
    assert not settled(moving, address="203.0.113.7", network="203.0.113.0/24").credited
    assert total(donor) == 30


@pytest.mark.parametrize(
    ("addresses", "earning"),
    [
        (["203.0.113.7"] * 3, 2),
        ([f"203.0.113.{number}" for number in range(6)], 4),
        ([f"2001:db8::{number}" for number in range(1, 7)], 4),
        ([f"2001:db8:0:{number}::1" for number in range(6)], 4),
    ],
    ids=["an address", "a network", "a network of IPv6", "networks of IPv6"],
)
def test_given_nodes_that_moved_unnoticed_when_the_sweep_comes_then_no_more_earn_there_than_may(
    new_user: NewUser, donate: Donate, addresses: list[str], earning: int
) -> None:
    donor = new_user()
    given = [donate(donor, f"198.18.{number}.1") for number in range(len(addresses))]
    for donation, address in zip(given, addresses, strict=True):
        Node.objects.filter(pk=donation.node_id).update(address=address, network=network_of(address))
    donations.sweep(NOW)
    assert Donation.objects.filter(credited=True).count() == earning
    assert total(donor) == 10 + 10 * earning


def test_given_a_node_that_waits_at_a_full_address_when_another_goes_then_it_earns_in_its_place(
    new_user: NewUser, donate: Donate
) -> None:
    donor, waiting_one = new_user(), new_user()
    first, _ = (donate(donor, "203.0.113.7") for _ in range(2))
    waiting = donate(waiting_one, "203.0.113.7")
    settled(first, online=False)
    waiting.refresh_from_db()
    assert waiting.credited
    assert (total(donor), total(waiting_one)) == (20, 20)


def test_given_a_node_without_an_address_when_it_is_settled_then_it_earns_nothing(
    new_user: NewUser, donate: Donate
) -> None:
    donation = donate(new_user())
    assert "address is not known" in settled(donation, address="", network="").why_not


def test_given_a_donor_who_was_banned_when_the_sweep_comes_then_their_donations_earn_nothing(
    new_user: NewUser, donate: Donate
) -> None:
    donor = new_user()
    donation = donate(donor)
    User.objects.filter(pk=donor.pk).update(is_active=False)
    donations.sweep(NOW)
    donation.refresh_from_db()
    assert (donation.credited, total(donor)) == (False, 10)
    assert "closed by the operators" in donation.why_not


def test_given_a_donation_in_nobodys_name_when_it_is_settled_then_it_earns_nothing(
    new_user: NewUser, donate: Donate
) -> None:
    donation = donate(new_user())
    Donation.objects.update(donor=None)
    assert "nobody's name" in settled(donation).why_not


def test_given_another_figure_in_the_settings_when_a_donation_goes_then_what_it_earned_is_taken_and_no_more(
    new_user: NewUser, donate: Donate, settings: Settings
) -> None:
    donor = new_user()
    donation = donate(donor)
    settings.SITE = msgspec.structs.replace(settings.SITE, credits_per_donation=50)
    settled(donation, online=False)
    assert total(donor) == 10


def test_given_two_donations_of_one_address_settled_at_once_when_one_place_is_left_then_one_earns(
    transactional_db: None, new_user: NewUser, donate: Donate
) -> None:
    donor = new_user()
    donate(donor, "203.0.113.7")
    waiting = [donate(donor, "203.0.113.7", online=False) for _ in range(4)]
    Node.objects.update(online=True)
    start = threading.Barrier(len(waiting))

    def settle_one(donation: Donation) -> None:
        start.wait()
        donations.settle(Node.objects.get(pk=donation.node_id), NOW)
        connection.close()

    with ThreadPoolExecutor(len(waiting)) as pool:
        list(pool.map(settle_one, waiting))
    assert Donation.objects.filter(credited=True).count() == 2
    assert total(donor) == 30


def test_given_sums_that_were_changed_behind_the_ledger_when_it_is_audited_then_it_tells(new_user: NewUser) -> None:
    user = new_user()
    User.objects.filter(pk=user.pk).update(credits_total=11)
    assert services.audit() == ["user1 may hold 11 (by the ledger 10) and holds 0 (by the ledger 0, by the leases 0)"]
    User.objects.filter(pk=user.pk).update(credits_total=10)
