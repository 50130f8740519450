"""What the loops write: claims, answers and silence, donations, units, keys."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from seattle.clearinghouse.accounts.models import User, UserKey
from seattle.clearinghouse.credits import donations
from seattle.clearinghouse.fleet import adverts, claims, services
from seattle.clearinghouse.fleet.adverts import Seen
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node, NodeAddress, Vessel, VesselPort
from seattle.clearinghouse.journal import services as journal
from seattle.clearinghouse.journal.models import JournalEntry
from seattle.clearinghouse.journal.services import Deed
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind, Lease
from seattle.identity.keys import KeyPair

NewUser = Callable[..., User]
NewNode = Callable[..., Node]
MINUTE = timedelta(minutes=1)


def seen(node_id: str, **changes: object) -> Seen:
    given: dict[str, object] = {
        "at": timezone.now(),
        "version": "1",
        "nat": Node.Nat.PUBLIC,
        "addresses": ("198.51.100.7",),
        "resources": {},
        "holding_back": "",
    }
    return Seen(node_id=node_id, **(given | changes))  # type: ignore[arg-type]


def due_nodes() -> tuple[int, ...]:
    found = claims.due(timezone.now(), most=10)
    return found.waiting + found.background


# Claims.


def test_given_a_claimed_node_when_another_worker_claims_it_then_it_does_not_get_it_until_the_claim_is_over(
    new_node: NewNode,
) -> None:
    node, now = new_node(), timezone.now()
    assert claims.claim(node.pk, "one", now)
    assert not claims.claim(node.pk, "two", now + claims.LONGEST_VISIT + timedelta(seconds=60))
    assert claims.claim(node.pk, "two", now + claims.CLAIM)


def test_given_a_claim_that_went_to_another_when_the_first_lets_go_then_the_other_keeps_it(new_node: NewNode) -> None:
    node, now = new_node(), timezone.now()
    claims.claim(node.pk, "one", now)
    claims.claim(node.pk, "two", now + claims.CLAIM)
    claims.let_go(node.pk, "one")
    node.refresh_from_db()
    assert node.claimed_by == "two"


@pytest.mark.django_db(transaction=True)
def test_given_many_workers_when_all_claim_a_node_at_once_then_one_gets_it(new_node: NewNode) -> None:
    node, now = new_node(), timezone.now()

    def claim(number: int) -> bool:
        try:
            return claims.claim(node.pk, f"worker {number}", now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(16))) == 1


def test_given_an_order_when_looked_for_work_then_its_nodes_are_due_even_if_they_are_offline(
    new_user: NewUser, new_node: NewNode
) -> None:
    node = new_node()
    leases.acquire(new_user(), Kind.RANDOM, 1)
    Node.objects.update(online=False, try_at=timezone.now() + MINUTE)
    assert claims.due(timezone.now(), most=10, thorough=False).waiting == (node.pk,)


def test_given_a_dirty_vessel_on_a_node_that_is_offline_when_looked_for_work_then_it_waits(new_node: NewNode) -> None:
    new_node(online=False)
    Vessel.objects.update(state=Vessel.State.DIRTY)
    assert due_nodes() == ()


def test_given_a_claimed_node_when_looked_for_work_then_it_is_left_out(new_node: NewNode) -> None:
    node = new_node()
    Vessel.objects.update(state=Vessel.State.DIRTY)
    assert due_nodes() == (node.pk,)
    claims.claim(node.pk, "one", timezone.now())
    assert due_nodes() == ()


def test_given_a_retired_node_when_it_is_time_for_a_look_then_nobody_looks(new_node: NewNode) -> None:
    new_node(state=Node.State.RETIRED, probe_at=timezone.now())
    assert due_nodes() == ()


def test_given_many_nodes_when_looked_for_work_then_it_takes_few_queries(
    new_node: NewNode, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(5):
        new_node(vessels=3, probe_at=timezone.now())
    Vessel.objects.update(state=Vessel.State.DIRTY)
    with django_assert_max_num_queries(6):  # type: ignore[attr-defined]
        found = claims.due(timezone.now(), most=10)
    assert len(found.background) == 5


# Answers and silence.


def test_given_a_node_that_misses_when_it_is_the_third_time_then_it_is_offline_and_its_time_is_counted(
    new_node: NewNode,
) -> None:
    now = timezone.now()
    node = new_node(online_since=now - timedelta(hours=2), answered_at=now)
    assert [services.missed(node.pk, "no answer", now=now) for _ in range(services.MISSES)] == [False, False, True]
    node.refresh_from_db()
    assert (node.online, node.online_since, node.online_seconds) == (False, None, 7200)


def test_given_failures_in_a_row_when_a_node_is_left_alone_then_it_is_for_longer_each_time_up_to_a_bound() -> None:
    longest = [max(services.pause(failures) for _ in range(50)) for failures in (1, 3, 5, 1000)]
    assert longest == sorted(longest)
    assert longest[-1] <= services.LONGEST_PAUSE


def test_given_a_node_that_was_offline_when_it_answers_then_its_vessels_are_tried_at_once(new_node: NewNode) -> None:
    now = timezone.now()
    node = new_node(online=False, failures=7, try_at=now + MINUTE)
    Vessel.objects.update(state=Vessel.State.DIRTY, try_at=now + MINUTE, failures=5)
    said = services.Answered(version="2", nat=Node.Nat.NAT, holding_back="it is hot")
    services.answered(node.pk, said, now=now, again=MINUTE)
    node.refresh_from_db()
    assert (node.online, node.failures, node.holding_back, node.online_since) == (True, 0, "it is hot", now)
    assert due_nodes() == (node.pk,)


def test_given_a_node_that_keeps_its_visitors_for_long_when_it_does_so_again_then_it_is_left_alone_for_longer(
    new_node: NewNode,
) -> None:
    node, now = new_node(), timezone.now()
    Vessel.objects.update(state=Vessel.State.DIRTY)
    services.rest(node.pk, 8, now=now)
    node.refresh_from_db()
    assert node.try_at is not None
    assert node.try_at - now >= services.LONGEST_PAUSE / 2
    assert due_nodes() == ()


def test_given_a_vessel_that_refuses_to_be_assigned_when_it_is_cleaned_then_its_failures_are_not_forgotten(
    new_node: NewNode,
) -> None:
    """The attack: say yes to cleaning and no to users, and have every order try this vessel in vain."""
    new_node()
    vessel = Vessel.objects.get()
    for _ in range(3):
        services.unit_failed(vessel.pk, now=timezone.now())
        Vessel.objects.update(state=Vessel.State.DIRTY)
        services.cleaned(vessel.pk)
    assert Vessel.objects.get().failures == 3


def test_given_a_node_that_can_not_be_used_when_looked_at_again_and_again_then_seldom_after_a_while(
    new_node: NewNode,
) -> None:
    node, now = new_node(state=Node.State.NEW, vessels=0), timezone.now()
    Node.objects.update(first_seen_at=now - timedelta(days=1))
    assert [services.wait_with(node.pk, "no token", now=now) for _ in range(2)] == [True, False]
    node.refresh_from_db()
    assert node.probe_at == now + services.LONGEST_PAUSE


# Adverts.


def test_given_adverts_when_heard_twice_then_each_node_and_address_has_one_row(db: None) -> None:
    one = seen(KeyPair.generate().id, addresses=("198.51.100.7", "2001:db8::1"))
    assert adverts.heard([one], timezone.now()) == [one.node_id]
    assert adverts.heard([one], timezone.now() + timedelta(seconds=40)) == []
    assert NodeAddress.objects.count() == 2
    assert Node.objects.get().network == "198.51.100.0/24"


def test_given_a_node_that_moves_when_heard_then_it_is_known_when_it_was_where(db: None) -> None:
    now, node_id = timezone.now(), KeyPair.generate().id
    adverts.heard([seen(node_id)], now)
    adverts.heard([seen(node_id, addresses=("203.0.113.9",), at=now + MINUTE)], now + MINUTE)
    stays = NodeAddress.objects.order_by("first_seen_at").values_list("address", "first_seen_at")
    assert list(stays) == [("198.51.100.7", now), ("203.0.113.9", now + MINUTE)]


def test_given_a_node_that_moves_all_the_time_when_heard_then_its_rows_are_bounded(
    new_node: NewNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adverts, "MOST_ADDRESSES", 5)
    node, now = new_node(), timezone.now()
    for number in range(12):
        adverts.heard([seen(node.node_id, addresses=(f"203.0.113.{number}",))], now + number * MINUTE)
    kept = set(NodeAddress.objects.values_list("address", flat=True))
    assert kept == {f"203.0.113.{number}" for number in range(7, 12)}


def test_given_a_flood_of_strangers_when_heard_then_no_more_than_so_many_have_rows(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adverts, "MOST_STRANGERS", 3)
    adverts.heard([seen(KeyPair.generate().id) for _ in range(10)], timezone.now())
    assert Node.objects.count() == 3
    Node.objects.update(first_seen_at=timezone.now() - timedelta(days=8))
    services.forget_strangers(timezone.now(), after=timedelta(days=7))
    assert Node.objects.count() == 0


def test_given_strangers_who_took_all_rows_when_others_come_then_those_who_gave_nothing_in_time_make_room(
    db: None, monkeypatch: pytest.MonkeyPatch, new_node: NewNode
) -> None:
    """The attack: tokens to donate by are public, and each key that enrols by one has a row, for a week."""
    monkeypatch.setattr(adverts, "MOST_STRANGERS", 3)
    now, given = timezone.now(), new_node()
    first, *others = ids = [KeyPair.generate().id for _ in range(3)]
    for number, node_id in enumerate(ids):
        adverts.enrolled(node_id, "8.8.8.8", now)
        Node.objects.filter(node_id=node_id).update(first_seen_at=now - timedelta(minutes=3 - number))
    new, newer = KeyPair.generate().id, KeyPair.generate().id
    adverts.enrolled(new, "9.9.9.9", now)
    assert not Node.objects.filter(node_id=new).exists()  # all of them have time yet
    later = now + adverts.TIME_TO_DONATE
    adverts.enrolled(new, "9.9.9.9", later - timedelta(minutes=2, seconds=30))
    assert {*Node.objects.values_list("node_id", flat=True)} == {given.node_id, *others, new}
    adverts.heard([seen(newer), seen(first)], later)
    assert {*Node.objects.values_list("node_id", flat=True)} == {given.node_id, newer, first, new}


def test_given_a_node_that_was_offline_when_it_speaks_again_then_it_is_looked_at_at_once(new_node: NewNode) -> None:
    now = timezone.now()
    node = new_node(online=False, failures=3, probe_at=now + 10 * MINUTE, advertised_at=now - MINUTE)
    adverts.heard([seen(node.node_id)], now)
    node.refresh_from_db()
    assert node.probe_at is not None
    assert node.probe_at <= timezone.now()


def test_given_a_node_that_never_answers_when_it_speaks_again_then_it_is_left_alone(new_node: NewNode) -> None:
    now = timezone.now()
    node = new_node(online=False, failures=adverts.HOPELESS, probe_at=now + MINUTE, advertised_at=now - MINUTE)
    adverts.heard([seen(node.node_id)], now)
    node.refresh_from_db()
    assert node.probe_at == now + MINUTE


def test_given_a_node_that_lies_about_its_address_when_it_was_enrolled_then_it_is_counted_where_it_came_from(
    db: None,
) -> None:
    """The attack: many nodes behind one address, each with a word for another, to earn more than two may."""
    now, node_id = timezone.now(), KeyPair.generate().id
    adverts.enrolled(node_id, "8.8.8.8", now)
    adverts.heard([seen(node_id, addresses=("1.1.1.1",))], now)
    node = Node.objects.get()
    assert (node.address, node.network, node.country) == ("8.8.8.8", "8.8.8.0/24", "US")
    assert set(NodeAddress.objects.values_list("address", flat=True)) == {"8.8.8.8", "1.1.1.1"}
    assert node.probe_at is not None


def test_given_a_node_that_enrolled_from_a_private_address_when_it_is_heard_then_its_own_word_counts(
    db: None,
) -> None:
    now, node_id = timezone.now(), KeyPair.generate().id
    adverts.enrolled(node_id, "10.0.0.7", now)
    adverts.heard([seen(node_id, addresses=("1.1.1.1",))], now)
    assert Node.objects.get().address == "1.1.1.1"


# Donations.


@pytest.fixture
def token(new_user: NewUser) -> DonationToken:
    return DonationToken.objects.create(user=new_user())


def test_given_a_token_when_a_node_brings_it_then_the_node_is_its_users_gift_once(
    token: DonationToken, new_node: NewNode
) -> None:
    node = new_node(vessels=0, state=Node.State.NEW)
    assert [services.accept_donation(node.pk, token.token) for _ in range(2)] == ["", ""]
    assert Donation.objects.get().donor == token.user


def test_given_a_node_with_a_donor_when_it_brings_anothers_token_then_it_keeps_the_first(
    token: DonationToken, new_node: NewNode, new_user: NewUser
) -> None:
    node = new_node(vessels=0, state=Node.State.NEW)
    services.accept_donation(node.pk, token.token)
    services.accept_donation(node.pk, DonationToken.objects.create(user=new_user()).token)
    assert Donation.objects.get().donor == token.user


def test_given_a_token_that_nobody_has_when_a_node_brings_it_then_the_reason_is_told(
    db: None, new_node: NewNode
) -> None:
    assert "nobody here has" in services.accept_donation(new_node(vessels=0).pk, "don_invented")


def test_given_a_revoked_token_when_a_node_brings_it_then_the_reason_is_told(
    token: DonationToken, new_node: NewNode
) -> None:
    DonationToken.objects.update(revoked_at=timezone.now())
    assert "revoked" in services.accept_donation(new_node(vessels=0).pk, token.token)


def test_given_a_banned_user_when_a_node_brings_their_token_then_the_reason_is_told(
    token: DonationToken, new_node: NewNode
) -> None:
    User.objects.filter(donation_tokens=token).update(is_active=False)
    assert "closed" in services.accept_donation(new_node(vessels=0).pk, token.token)
    assert not Donation.objects.exists()


def test_given_a_token_of_nobody_when_a_node_brings_it_then_it_is_a_donation_that_earns_nobody_anything(
    db: None, new_node: NewNode
) -> None:
    node = new_node(vessels=0)
    assert services.accept_donation(node.pk, DonationToken.objects.create(user=None).token) == ""
    assert Donation.objects.get().donor is None
    donation = donations.settle(node, timezone.now())
    assert donation is not None
    assert (donation.credited, donation.why_not) == (False, "it is in nobody's name")


# Units.


def test_given_a_unit_when_it_is_written_down_twice_then_it_is_there_once(new_node: NewNode) -> None:
    node = new_node(vessels=0)
    assert services.add_unit(node.pk, "v3", range(63100, 63110), rest="v2")
    assert services.add_unit(node.pk, "v3", range(63100, 63110), rest="v2")
    assert VesselPort.objects.count() == 10
    assert (Vessel.objects.get().state, Node.objects.get().rest_vessel) == (Vessel.State.DIRTY, "v2")


def test_given_a_port_that_another_vessel_has_when_a_unit_is_written_down_then_it_is_not(new_node: NewNode) -> None:
    node = new_node(vessels=1)
    assert not services.add_unit(node.pk, "v9", range(63105, 63115))
    assert Vessel.objects.count() == 1


def test_given_a_held_vessel_when_it_is_lost_then_its_holder_is_told_why_and_has_the_credit_back(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    order = leases.acquire(user, Kind.RANDOM, 1)
    (lease,) = order.leases.all()
    leases.assigned(lease)
    services.lose_unit(Vessel.objects.get().pk, "it is not on its node any more")
    lease.refresh_from_db()
    user.refresh_from_db()
    assert (lease.end, lease.why) == (Lease.End.LOST, "it is not on its node any more")
    assert (user.credits_held, Vessel.objects.get().state) == (0, Vessel.State.LOST)


def test_given_keys_that_changed_while_the_node_was_told_when_written_down_then_it_is_told_again(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    leases.acquire(user, Kind.RANDOM, 1)
    vessel, before = Vessel.objects.get(), [key.key_id for key in user.keys.all()]
    UserKey.objects.create(user=user, key_id=KeyPair.generate().id, public_line="another")
    assert not services.told_keys(vessel.pk, before)
    assert services.told_keys(vessel.pk, [key.key_id for key in user.keys.all()])
    assert Lease.objects.get().state == Lease.State.ACTIVE


def test_given_a_vessel_that_was_released_while_its_node_was_told_when_written_down_then_it_stays_to_be_cleaned(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    leases.acquire(user, Kind.RANDOM, 1)
    leases.release(user)
    assert not services.told_keys(Vessel.objects.get().pk, [key.key_id for key in user.keys.all()])
    assert Vessel.objects.get().state == Vessel.State.DIRTY


def test_given_a_held_vessel_when_it_is_called_clean_then_it_stays_its_holders(
    new_user: NewUser, new_node: NewNode
) -> None:
    new_node()
    leases.acquire(new_user(), Kind.RANDOM, 1)
    vessel = Vessel.objects.get()
    assert not services.cleaned(vessel.pk)
    assert not services.soil_unit(vessel.pk)
    assert Vessel.objects.get().state == Vessel.State.LEASED


# The journal.


def test_given_many_deeds_when_trimmed_then_the_latest_are_kept(db: None) -> None:
    journal.write("one", [Deed(action="clean", detail=str(number)) for number in range(20)])
    journal.trim(most=5)
    assert [entry.detail for entry in JournalEntry.objects.order_by("pk")] == ["15", "16", "17", "18", "19"]


def test_given_a_long_text_when_written_then_it_is_cut(db: None) -> None:
    journal.write("one", [Deed(action="a very long action indeed", detail="x" * 10_000)])
    assert len(JournalEntry.objects.get().detail) == journal.MOST_DETAIL
