"""The REST API: what each call does, for who may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.clearinghouse.asking import NONE, Asking, with_a_key, with_api_key

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.clearinghouse.statistics.services import take_snapshot
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


def assign(order_id: int) -> None:
    """Do what a worker does."""
    for lease in Lease.objects.filter(order=order_id, state=Lease.State.ASSIGNING):
        services.assigned(lease)


@pytest.fixture
def user(new_user: NewUser) -> User:
    return new_user("alice")


@pytest.fixture
def ask(user: User) -> Asking:
    return with_api_key(user)


def test_given_nobody_when_the_testbed_is_asked_for_then_all_that_joining_takes_is_told(db: None) -> None:
    told = Asking().get("/testbed")
    assert told.status == 200
    assert told.body["name"] == settings.SITE.name
    assert told.body["unit"]["memory"] > 0
    assert not any("secret" in name or "database" in name for name in told.body)


@pytest.mark.parametrize(("upstream", "path"), [("http://127.0.0.1:4281", "/enrol"), ("", "")])
def test_given_a_worker_that_enrols_or_none_when_the_testbed_is_asked_for_then_only_the_first_has_a_url(
    db: None, monkeypatch: pytest.MonkeyPatch, upstream: str, path: str
) -> None:
    monkeypatch.setattr(settings, "SITE", msgspec.structs.replace(settings.SITE, enrolment_upstream=upstream))
    assert Asking().get("/testbed").body["enrol_url"] == (settings.SITE.origin + path if path else "")


def test_given_nodes_when_the_overview_is_asked_for_then_they_are_counted_by_country(new_node: NewNode) -> None:
    new_node(vessels=3, country="DE")
    new_node(vessels=1, country="JP")
    new_node(vessels=5, country="JP", online=False)
    told = Asking().get("/overview")
    assert told.body["nodes"] == 2
    assert told.body["free"] == 4
    assert {one["country"]: one["free"] for one in told.body["countries"]} == {"DE": 3, "JP": 1}


def test_given_counts_of_earlier_when_the_history_is_asked_for_then_those_since_then_are_told(
    new_node: NewNode,
) -> None:
    new_node(vessels=2)
    for days in (3, 0):
        take_snapshot(timezone.now() - timedelta(days=days))
    (told,) = Asking().get("/overview/history").body
    assert (told["nodes_online"], told["vessels_free"]) == (1, 2)
    assert len(Asking().get("/overview/history?hours=100").body) == 2


def test_given_a_user_when_they_ask_who_they_are_then_it_is_told(ask: Asking) -> None:
    told = ask.get("/account")
    assert (told.body["username"], told.body["credits_total"], told.body["credits_held"]) == ("alice", 10, 0)
    assert "password" not in told.body


def test_given_a_user_when_they_change_their_affiliation_then_it_is_theirs_and_nothing_else_changes(
    ask: Asking, user: User
) -> None:
    assert ask("PATCH", "/account", {"affiliation": "NYU Tandon"}).body["affiliation"] == "NYU Tandon"
    assert ask("PATCH", "/account", {"affiliation": "x"}).status == 400
    assert ask("PATCH", "/account", {"affiliation": "NYU", "credits_total": 99}).status == 400
    user.refresh_from_db()
    assert (user.affiliation, user.credits_total) == ("NYU Tandon", 10)


def test_given_a_ledger_when_it_is_read_in_pages_then_each_entry_comes_once(
    ask: Asking, user: User, new_node: NewNode
) -> None:
    new_node()
    services.acquire(user, Kind.RANDOM, 1)
    services.release(user)
    first = ask.get("/account/ledger?limit=2").body
    rest = ask.get(f"/account/ledger?limit=2&before={first['next']}").body
    assert [one["reason"] for one in first["items"] + rest["items"]] == ["released", "acquired", "joined"]
    assert rest["next"] is None


def test_given_free_vessels_when_some_are_ordered_then_the_order_tells_how_far_it_has_come(
    ask: Asking, new_node: NewNode
) -> None:
    for _ in range(2):
        new_node()
    order = ask.post("/orders", {"count": 2, "kind": "random"})
    assert (order.status, order.body["state"], order.body["assigning"]) == (202, "working", 2)
    assign(order.body["id"])
    told = ask.get(f"/orders/{order.body['id']}").body
    assert (told["state"], told["active"]) == ("done", 2)
    assert {one["handle"] for one in told["vessels"]} == {one["handle"] for one in ask.get("/vessels").body["items"]}


def test_given_too_few_vessels_when_least_says_so_then_those_there_are_do(ask: Asking, new_node: NewNode) -> None:
    new_node()
    order = ask.post("/orders", {"count": 3, "least": 1})
    assert (order.status, order.body["assigning"]) == (202, 1)


def test_given_nodes_in_two_countries_when_one_is_asked_for_then_vessels_are_of_that_one(
    ask: Asking, new_node: NewNode
) -> None:
    new_node(country="DE")
    there = new_node(country="JP")
    order = ask.post("/orders", {"count": 1, "where": {"countries": ["JP"]}})
    assert order.body["vessels"][0]["handle"].startswith(there.node_id)


def test_given_a_shortage_when_vessels_are_ordered_then_the_reason_is_told(ask: Asking) -> None:
    order = ask.post("/orders", {"count": 1})
    assert (order.status, order.code) == (409, "cannot-fulfil")
    assert "0 of 1" in order.body["message"]


def test_given_fewer_credits_when_vessels_are_ordered_then_it_is_refused(ask: Asking) -> None:
    assert ask.post("/orders", {"count": 11}).code == "not-enough-credits"


def test_given_handles_when_they_are_ordered_then_those_that_are_free_come(ask: Asking, new_node: NewNode) -> None:
    free, taken = new_node(vessels=2).vessels.all()
    Vessel.objects.filter(pk=taken.pk).update(state=Vessel.State.DIRTY)
    order = ask.post("/orders/specific", {"handles": [free.handle, taken.handle]})
    assert order.status == 202
    assert [one["handle"] for one in order.body["vessels"]] == [free.handle]


def test_given_a_handle_of_none_when_it_is_ordered_then_it_is_named(ask: Asking) -> None:
    answer = ask.post("/orders/specific", {"handles": [NONE]})
    assert (answer.status, answer.code) == (404, "unknown-vessel")


def test_given_held_vessels_when_one_is_renewed_then_it_alone_lasts_longer(
    ask: Asking, user: User, new_node: NewNode
) -> None:
    new_node(vessels=2)
    new_node()
    assign(services.acquire(user, Kind.RANDOM, 2).pk)
    one, other = ask.get("/vessels").body["items"]
    renewed = ask.post("/vessels/renew", {"handles": [one["handle"], NONE]}).body
    assert (renewed["done"], renewed["skipped"]) == ([one["handle"]], [NONE])
    longer, same = ask.get("/vessels").body["items"]
    assert longer["expires_in"] > timedelta(days=6).total_seconds()
    assert same["expires_at"] == other["expires_at"]


def test_given_held_vessels_when_all_are_released_then_none_is_held(ask: Asking, user: User, new_node: NewNode) -> None:
    new_node()
    new_node()
    services.acquire(user, Kind.RANDOM, 2)
    assert len(ask.post("/vessels/release", {"handles": None}).body["done"]) == 2
    assert ask.get("/vessels").body["items"] == []


def test_given_a_held_vessel_when_it_is_asked_for_then_place_ports_and_end_are_told(
    ask: Asking, user: User, new_node: NewNode
) -> None:
    node = new_node(country="DE")
    services.acquire(user, Kind.RANDOM, 1)
    handle = ask.get("/vessels").body["items"][0]["handle"]
    told = ask.get(f"/vessels/{handle}").body
    assert (told["node"], told["country"], told["ports"]) == (node.node_id, "DE", list(range(63100, 63110)))
    assert 0 < told["expires_in"] <= settings.SITE.first_lease.total_seconds()


def test_given_many_vessels_when_they_are_listed_in_pages_then_each_comes_once(
    ask: Asking, user: User, new_node: NewNode
) -> None:
    for _ in range(3):
        new_node()
    services.acquire(user, Kind.RANDOM, 3)
    first = ask.get("/vessels?limit=2").body
    rest = ask.get(f"/vessels?limit=2&after={first['next']}").body
    assert len({one["handle"] for one in first["items"] + rest["items"]}) == 3
    assert rest["next"] is None


@pytest.mark.parametrize("held", [1, 4])
def test_given_any_number_of_vessels_when_they_are_listed_then_the_number_of_queries_is_the_same(
    held: int, ask: Asking, user: User, new_node: NewNode, django_assert_max_num_queries: Any
) -> None:
    for _ in range(held):
        new_node()
    services.acquire(user, Kind.RANDOM, held)
    ask.get("/account")  # notes that the key is in use
    with django_assert_max_num_queries(6):
        assert len(ask.get("/vessels").body["items"]) == held


@pytest.mark.parametrize("path", ["/orders", "/donations"])
@pytest.mark.parametrize("count", [1, 4])
def test_given_any_number_of_rows_when_they_are_listed_then_the_number_of_queries_is_the_same(
    path: str, count: int, ask: Asking, user: User, new_node: NewNode, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        Donation.objects.create(node=new_node(vessels=2), donor=user)
        services.acquire(user, Kind.RANDOM, 1)
    ask.get("/account")  # notes that the key is in use
    with django_assert_max_num_queries(5):
        assert len(ask.get(path).body["items"]) == count


def test_given_a_key_of_the_users_when_it_signs_then_a_key_can_be_added_and_retired(user: User) -> None:
    ask = with_a_key(user)
    new = KeyPair.generate().public
    assert ask.post("/keys", {"public_line": format_public_line(new), "label": "phone"}).status == 201
    assert new.id in {one["key_id"] for one in ask.get("/keys").body}
    assert ask.delete(f"/keys/{new.id}").status == 204
    assert new.id not in {one["key_id"] for one in ask.get("/keys").body}


def test_given_a_key_of_the_users_when_it_signs_then_an_api_key_can_be_made_used_and_revoked(user: User) -> None:
    ask = with_a_key(user)
    secret = ask.post("/api-keys", {"name": "cron"}).body["secret"]
    assert Asking(lambda *_: f"Bearer {secret}").get("/account").status == 200
    made = ask.get("/api-keys").body[0]
    assert made["name"] == "cron"
    assert secret not in str(made)
    assert ask.delete(f"/api-keys/{made['id']}").status == 204
    assert Asking(lambda *_: f"Bearer {secret}").get("/account").status == 401


def test_given_a_donation_when_donations_are_listed_then_it_is_told_why_it_earns_nothing(
    ask: Asking, user: User, new_node: NewNode
) -> None:
    Donation.objects.create(node=new_node(online=False), donor=user, why_not="the node is offline")
    told = ask.get("/donations").body["items"][0]
    assert (told["online"], told["credited"], told["why_not"]) == (False, False, "the node is offline")


def test_given_a_token_when_it_is_made_and_revoked_then_it_is_listed_in_between(ask: Asking) -> None:
    made = ask.post("/donations/tokens", {"name": "the lab"})
    assert made.status == 201
    assert made.body["token"].startswith("don_")
    assert [one["token"] for one in ask.get("/donations/tokens").body] == [made.body["token"]]
    assert ask.delete(f"/donations/tokens/{made.body['id']}").status == 204
    assert ask.get("/donations/tokens").body == []
    assert DonationToken.objects.get().revoked_at is not None


def test_given_the_documentation_when_it_is_read_then_it_loads_nothing_from_elsewhere(db: None) -> None:
    page = Client().get("/api/v1/docs")
    assert page.status_code == 200
    assert b"/api/v1/orders/{order_id}" in page.content
    assert b"http://" not in page.content
    assert b"https://" not in page.content


def test_given_a_vessel_whose_node_is_gone_when_it_is_replaced_then_one_like_it_is_ordered(
    ask: Asking, user: User, new_node: NewNode
) -> None:
    gone = new_node(country="JP")
    lease = services.acquire(user, Kind.RANDOM, 1).leases.get()
    services.assigned(lease)
    Node.objects.filter(pk=gone.pk).update(online=False)
    other = new_node(country="JP")
    order, again = (ask.post(f"/vessels/{lease.handle}/replace", {"key": "k"}) for _ in range(2))
    assert again.body["id"] == order.body["id"]
    assert (order.status, order.body["wanted"]) == (202, 1)
    assert order.body["vessels"][0]["handle"].startswith(other.node_id)
    assert ask.post(f"/vessels/{lease.handle}/replace").code == "bad-request"


def test_given_the_root_of_the_api_when_somebody_comes_by_then_they_are_led_to_the_documentation(db: None) -> None:
    assert Client().get("/api/v1/", follow=True).request["PATH_INFO"] == "/api/v1/docs"


def test_given_an_order_that_failed_when_it_is_asked_for_then_it_says_why(
    ask: Asking, user: User, new_node: NewNode
) -> None:
    new_node()
    order = services.acquire(user, Kind.RANDOM, 1)
    services.not_assigned(order.leases.get(), "the node does not answer")
    told = ask.get(f"/orders/{order.pk}").body
    assert told["state"] == Order.State.FAILED
    assert told["message"]
    assert told["vessels"][0]["why"] == "the node does not answer"
