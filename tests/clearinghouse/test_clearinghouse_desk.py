"""The abuse desk: who it was, and cutting them off; and who must not get in."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone as clock

from seattle.clearinghouse.accounts import services as accounts
from seattle.clearinghouse.accounts.models import ApiKey, User, UserKey
from seattle.clearinghouse.desk import services
from seattle.clearinghouse.desk.look_ups import look_up
from seattle.clearinghouse.desk.models import CutOff, LookUp
from seattle.clearinghouse.desk.progress import progress
from seattle.clearinghouse.errors import BadKey, BadRequest, NotPermitted
from seattle.clearinghouse.fleet.models import Node, NodeAddress, Vessel
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line

ADDRESS = "198.51.100.7"
PAGES = ("/desk/", "/desk/users/", "/desk/cut-offs/", "/desk/log/", "/desk/users/mallory/")

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


@pytest.fixture
def operator(new_user: NewUser) -> User:
    return with_second_factor(new_user("operator", is_staff=True))


def with_second_factor(user: User) -> User:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "unused"})
    return user


def signed_in(user: User, *, check_csrf: bool = False) -> Client:
    client = Client(enforce_csrf_checks=check_csrf)
    client.force_login(user)
    return client


def seen(node: Node, first: datetime, last: datetime, address: str = ADDRESS) -> None:
    NodeAddress.objects.create(node=node, address=address, first_seen_at=first, last_seen_at=last)


def lease_of(user: User, since: datetime, until: datetime | None = None) -> Lease:
    """Give the user a vessel, as of then."""
    leases.acquire(user, Kind.RANDOM, 1)
    lease = Lease.objects.get(user=user, ended_at=None)
    if until is not None:
        leases.release(user)
        Vessel.objects.update(state=Vessel.State.FREE)
        Lease.objects.filter(pk=lease.pk).update(ended_at=until)
    Lease.objects.filter(pk=lease.pk).update(created_at=since)
    return lease


def test_given_two_holders_one_after_the_other_when_looked_up_then_the_one_at_that_time_is_told(
    operator: User, new_user: NewUser, new_node: NewNode
) -> None:
    now = clock.now()
    seen(new_node(), now - timedelta(days=9), now)
    earlier, later = new_user("earlier"), new_user("later")
    UserKey.objects.update(created_at=now - timedelta(days=9))
    lease_of(earlier, now - timedelta(hours=9), now - timedelta(hours=6))
    lease_of(later, now - timedelta(hours=3))
    told = look_up(operator, ADDRESS, 63105, now - timedelta(hours=7), "ticket 12")
    assert [(match.lease.username, match.doubts) for match in told.matches] == [("earlier", [])]
    assert {key.user_id for key in told.matches[0].keys} == {earlier.pk}


def test_given_a_vessel_whose_ports_are_gone_when_looked_up_then_its_holder_is_still_known(
    operator: User, new_user: NewUser, new_node: NewNode
) -> None:
    node, now = new_node(), clock.now()
    seen(node, now - timedelta(days=1), now)
    lease_of(new_user("mallory"), now - timedelta(hours=1))
    node.vessels.all().delete()
    told = look_up(operator, ADDRESS, 63100, now, "ticket")
    assert [match.lease.username for match in told.matches] == ["mallory"]


def test_given_another_port_when_looked_up_then_nobody_is_accused(
    operator: User, new_user: NewUser, new_node: NewNode
) -> None:
    now = clock.now()
    seen(new_node(), now - timedelta(days=1), now)
    lease_of(new_user(), now - timedelta(hours=1))
    told = look_up(operator, ADDRESS, 22, now, "ticket")
    assert told.nodes
    assert not told.matches


def test_given_a_node_behind_a_nat_when_looked_up_then_the_doubt_is_told(
    operator: User, new_user: NewUser, new_node: NewNode
) -> None:
    now = clock.now()
    seen(new_node(nat=Node.Nat.NAT), now - timedelta(days=1), now)
    lease_of(new_user(), now - timedelta(hours=1))
    (match,) = look_up(operator, ADDRESS, 40123, now, "ticket").matches
    assert "NAT" in match.doubts[0]


def test_given_a_node_that_left_the_address_when_looked_up_then_it_is_not_accused(
    operator: User, new_user: NewUser, new_node: NewNode
) -> None:
    now = clock.now()
    seen(new_node(), now - timedelta(days=3), now - timedelta(days=2))
    lease_of(new_user(), now - timedelta(hours=1))
    assert not look_up(operator, ADDRESS, 63100, now, "ticket").nodes


def test_given_a_time_without_its_zone_when_looked_up_then_the_page_asks_for_it(operator: User) -> None:
    form = {"address": ADDRESS, "port": "1", "moment": "2026-03-01T12:00:00", "purpose": "ticket"}
    answer = signed_in(operator).post("/desk/", form)
    assert "in which time zone" in answer.content.decode()
    assert not LookUp.objects.exists()


def test_given_a_time_in_another_zone_when_looked_up_then_it_is_that_moment_and_the_log_has_it(
    operator: User, new_user: NewUser, new_node: NewNode
) -> None:
    now = clock.now().replace(microsecond=0)
    seen(new_node(), now - timedelta(days=1), now)
    lease_of(new_user("mallory"), now - timedelta(hours=1))
    there = now.astimezone(timezone(timedelta(hours=-7)))
    form = {"address": ADDRESS, "port": "63100", "moment": there.isoformat(), "purpose": "ticket <b>9</b>"}
    page = signed_in(operator).post("/desk/", form).content.decode()
    assert "mallory" in page
    entry = LookUp.objects.get()
    assert (entry.by, entry.moment, entry.found) == (operator, now, ["mallory"])
    log = signed_in(operator).get("/desk/log/").content.decode()
    assert "ticket &lt;b&gt;9&lt;/b&gt;" in log


def test_given_a_user_who_is_cut_off_then_nothing_of_them_is_left(
    operator: User, new_user: NewUser, new_node: NewNode
) -> None:
    mallory = new_user("mallory")
    new_node()
    client = signed_in(mallory)
    client.get("/")
    ApiKey.objects.create(user=mallory, name="a", hint="sak_", digest="0" * 64)
    order = leases.acquire(mallory, Kind.RANDOM, 1)
    cut = services.cut_off_user(mallory, by=operator, reason="scans ports")
    mallory.refresh_from_db()
    order.refresh_from_db()
    assert [one.key_id for one in cut] == [mallory.keys.get().key_id]
    assert not mallory.is_active
    assert mallory.credits_held == 0
    assert not mallory.api_keys.filter(revoked_at=None).exists()
    assert not mallory.keys.filter(retired_at=None).exists()
    assert not UserSession.objects.filter(user=mallory).exists()
    assert order.state == Order.State.FAILED
    assert (Lease.objects.get().end, Vessel.objects.get().state) == (Lease.End.CUT_OFF, Vessel.State.DIRTY)
    assert client.get("/desk/").status_code == 302  # it is nobody's session now


def test_given_a_user_who_had_pasted_anothers_key_when_they_are_cut_off_then_the_other_keeps_it(
    operator: User, new_user: NewUser
) -> None:
    mallory, alice, key = new_user("mallory"), new_user("alice"), KeyPair.generate().public
    accounts.add_key(mallory, format_public_line(key))
    accounts.add_proved_key(alice, format_public_line(key), "laptop")
    services.cut_off_user(mallory, by=operator, reason="scans ports")
    assert alice.keys.filter(key_id=key.id, retired_at=None).exists()
    assert not CutOff.holds_for(key.id)


def test_given_a_key_of_the_testbed_or_a_node_when_somebody_adds_it_to_be_banned_with_it_then_it_is_refused(
    new_user: NewUser, new_node: NewNode, settings: Any
) -> None:
    worker, mallory = KeyPair.generate().public, new_user("mallory")
    settings.SITE = msgspec.structs.replace(settings.SITE, worker_key=worker.id)
    for key_id in (worker.id, new_node().node_id):
        with pytest.raises(BadKey):
            accounts.add_key(mallory, key_id)


def test_given_the_key_of_the_workers_when_an_operator_cuts_it_off_then_it_is_refused(
    operator: User, settings: Any
) -> None:
    worker = KeyPair.generate().id
    settings.SITE = msgspec.structs.replace(settings.SITE, worker_key=worker)
    with pytest.raises(BadRequest):
        services.cut_off_key(worker, by=operator, reason="a typing error")
    assert not CutOff.holds_for(worker)


def test_given_a_key_that_is_cut_off_then_its_user_loses_what_they_hold_and_keeps_the_account(
    operator: User, new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    leases.acquire(user, Kind.RANDOM, 1)
    services.cut_off_key(user.keys.get().key_id, by=operator, reason="it was stolen")
    user.refresh_from_db()
    assert user.is_active
    assert not leases.held(user)


def test_given_a_key_that_is_cut_off_when_somebody_adds_it_then_it_is_refused_until_it_is_pardoned(
    operator: User, new_user: NewUser
) -> None:
    user, line = new_user(), format_public_line(KeyPair.generate().public)
    (cut,) = services.cut_off_key(accounts.add_key(user, line).key_id, by=operator, reason="it was stolen")
    with pytest.raises(BadKey):
        accounts.add_key(new_user(), line)
    services.pardon(cut, by=operator, reason="found again")
    assert accounts.add_key(user, line).key_id == cut.key_id


def test_given_a_key_of_nobody_here_when_it_is_cut_off_then_the_workers_are_told(operator: User) -> None:
    key_id = KeyPair.generate().id
    services.cut_off_key(key_id, by=operator, reason="a node that lies")
    assert CutOff.objects.get(done_at=None).key_id == key_id
    assert CutOff.holds_for(key_id)


def test_given_a_key_of_nobody_here_when_it_is_cut_off_then_no_vessel_is_to_be_told_of_it(
    operator: User, new_user: NewUser, new_node: NewNode
) -> None:
    new_node()
    gone = new_user()
    leases.acquire(gone, Kind.RANDOM, 1)
    new_node()  # whose vessel nobody has ever had
    gone.delete()  # of the one who had the other's, the lease stays
    Vessel.objects.update(keys_synced=True)
    services.cut_off_key(KeyPair.generate().id, by=operator, reason="a node that lies")
    assert not Vessel.objects.filter(keys_synced=False).exists()


def test_given_what_is_cut_off_twice_then_there_is_one_cut_off_which_is_done_once_more(
    operator: User, new_user: NewUser
) -> None:
    user = new_user()
    for _ in range(2):
        services.cut_off_user(user, by=operator, reason="again")
        waiting = CutOff.objects.get()
        assert waiting.done_at is None
        CutOff.objects.update(done_at=clock.now())


def test_given_a_cut_off_when_it_is_pardoned_then_the_progress_says_what_is_waited_for(
    operator: User, new_user: NewUser
) -> None:
    (cut,) = services.cut_off_user(new_user(), by=operator, reason="a mistake")
    assert progress(cut).text == "brokers and nodes are being told"
    cut.done_at = cut.created_at + timedelta(seconds=2)
    cut.save()
    assert progress(cut).over
    services.pardon(cut, by=operator, reason="it was one")
    cut.refresh_from_db()
    assert progress(cut).text == "pardoned; brokers are being told"
    with pytest.raises(BadRequest, match="already"):
        services.pardon(cut, by=operator, reason="again")


def test_given_a_closed_account_when_it_is_reopened_then_its_keys_are_pardoned(
    operator: User, new_user: NewUser
) -> None:
    user = new_user("bob")
    services.cut_off_user(user, by=operator, reason="a mistake")
    signed_in(operator).post("/desk/users/bob/reopen/", {"reason": "we were wrong"})
    user.refresh_from_db()
    assert user.is_active
    assert not CutOff.holds_for(user.keys.get().key_id)


def test_given_an_operator_when_they_cut_off_by_the_page_then_it_is_done_and_shown(
    operator: User, new_user: NewUser
) -> None:
    new_user("mallory")
    client = signed_in(operator)
    client.post("/desk/users/mallory/cut-off/", {"reason": "spam", "ban": "on"})
    page = client.get("/desk/cut-offs/").content.decode()
    assert "brokers and nodes are being told" in page
    assert "spam" in client.get("/desk/users/mallory/").content.decode()


def test_given_no_reason_when_somebody_is_cut_off_then_nothing_happens(operator: User, new_user: NewUser) -> None:
    new_user("mallory")
    signed_in(operator).post("/desk/users/mallory/cut-off/", {"reason": " ", "ban": "on"})
    assert not CutOff.objects.exists()


def test_given_a_stranger_when_they_open_the_desk_then_they_are_to_sign_in(db: None) -> None:
    for path in PAGES:
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/account/login/")


def test_given_a_user_when_they_open_the_desk_then_they_are_refused(new_user: NewUser) -> None:
    client = signed_in(with_second_factor(new_user("mallory")))
    assert {client.get(path).status_code for path in PAGES} == {403}


def test_given_staff_without_a_second_factor_when_they_open_the_desk_then_they_are_refused(new_user: NewUser) -> None:
    client = signed_in(new_user("mallory", is_staff=True))
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 403
        assert "second factor" in answer.content.decode()


def test_given_a_user_who_posts_to_the_desk_then_nothing_happens(new_user: NewUser) -> None:
    victim, mallory = new_user("victim"), with_second_factor(new_user("mallory"))
    client = signed_in(mallory)
    for path in ("users/victim/cut-off/", "users/victim/reopen/", "cut-offs/key/"):
        form = {"reason": "x", "ban": "on", "key_id": victim.keys.get().key_id}
        assert client.post(f"/desk/{path}", form).status_code == 403
    victim.refresh_from_db()
    assert victim.is_active
    assert not CutOff.objects.exists()


def test_given_another_sites_form_when_an_operators_browser_sends_it_then_nothing_happens(
    operator: User, new_user: NewUser
) -> None:
    new_user("victim")
    client = signed_in(operator, check_csrf=True)
    assert client.post("/desk/users/victim/cut-off/", {"reason": "x", "ban": "on"}).status_code == 403
    assert client.get("/desk/users/victim/cut-off/", {"reason": "x", "ban": "on"}).status_code == 405
    assert not CutOff.objects.exists()


def test_given_services_that_are_called_by_a_user_then_they_refuse(new_user: NewUser) -> None:
    mallory, victim = with_second_factor(new_user()), new_user()
    with pytest.raises(NotPermitted):
        services.cut_off_user(victim, by=mallory, reason="x")
    with pytest.raises(NotPermitted):
        look_up(mallory, ADDRESS, None, clock.now(), "x")


def test_given_an_operator_when_they_cut_off_an_administrator_or_themselves_then_they_are_refused(
    operator: User, new_user: NewUser
) -> None:
    for who in (new_user(is_superuser=True), operator):
        with pytest.raises(NotPermitted):
            services.cut_off_user(who, by=operator, reason="x")


def test_given_a_user_who_leaves_just_before_they_are_cut_off_then_the_operator_is_told(
    operator: User, new_user: NewUser
) -> None:
    user = new_user()
    accounts.delete_account(User.objects.get(pk=user.pk))
    with pytest.raises(BadRequest, match="deleted"):
        services.cut_off_user(user, by=operator, reason="x")


def test_given_many_cut_offs_when_they_are_listed_then_the_number_of_queries_is_bounded(
    operator: User, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for _ in range(30):
        services.cut_off_key(KeyPair.generate().id, by=operator, reason="x")
    client = signed_in(operator)
    client.get("/desk/cut-offs/")
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        assert client.get("/desk/cut-offs/").status_code == 200
